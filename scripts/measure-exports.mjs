// The tables of docs/deploy.md: what models weigh and how long a row takes in each form, and what rounded weights change.
//   npm run build && npm run install:onnxruntime
//   node scripts/measure-exports.mjs DIR [TABLE ...]      DIR has the tables, as CSV; needs gcc; some minutes a table
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { median } from 'd3-array'
import { PsilonClassifier, PsilonRegressor, readTable } from 'psilon'
import { optionsOf, smallestNetwork } from './small-networks.mjs'

const requireOf = createRequire(new URL('../test/onnxruntime/package.json', import.meta.url))
const { InferenceSession, Tensor } = requireOf('onnxruntime-node')

const [folder = 'data', ...wanted] = process.argv.slice(2)
const usual = ['MagicTelescope', 'cpu_act', 'house_sales', 'wine_quality', 'adult']
const names = wanted.length > 0 ? wanted : usual
const work = mkdtempSync(join(tmpdir(), 'psilon-exports-'))
const rounds = 15
const most = { train: 2000, test: 10_000, timed: 200 }
const fast = { preset: /** @type {const} */ ('fast') }

const formats = /** @type {const} */ (['float16', 'int8'])

const sizes = ['safetensors', 'ONNX', 'JavaScript', 'C'].map((form) => `${form}, kB`)
const times = ['psilon', 'ONNX Runtime', 'JavaScript', 'C'].map((form) => `${form}, us`)
const heads = ['table', 'model', 'weights', 'score', 'change', 'path norm', ...sizes, ...times]
const roundedHeads = [
  ...[
    'table',
    'model',
    'exact, kB',
    ...[...formats, 'int8, minimal'].map((format) => `${format}, kB`),
    'score',
    ...formats,
  ],
  ...formats.flatMap((format) => [`bound, ${format}`, `seen, ${format}`]),
]
/** @type {string[]} */
const rounded = []
/** @type {string[]} */
const chosen = []
console.log(headOf(heads))
for (const name of names) {
  const table = await readTable(join(folder, `${name}.csv.gz`)).catch(() => readTable(join(folder, `${name}.csv`)))
  const [train, rest] = [table.slice(0, most.train), table.slice(most.train, most.train + most.test)]
  const classes = new Set(table.columns[table.names.indexOf('target')]).size === 2
  const task = classes ? 'classification' : 'regression'
  /** @type {number | undefined} */
  let denseScore
  const measure = async (/** @type {string} */ variant, /** @type {object} */ options) => {
    const model = new (classes ? PsilonClassifier : PsilonRegressor)(/** @type {any} */ (options))
    await model.fit(train, { target: 'target' })
    model.compact()
    const found = /** @type {any} */ (await model.evaluate(rest))
    const score = found.logLoss ?? found.scaledRmse
    denseScore ??= score
    const change =
      score === denseScore ? '' : `${(100 * (score / /** @type {number} */ (denseScore) - 1)).toFixed(1)} %`
    const cells = [name, variant, weightsOf(model), score, change, model.pathNorm()]
    console.log(lineOf([...cells, ...bytesOf(model), ...(await timesOf(model, rest))]))
    rounded.push(lineOf([name, variant, ...(await roundedCells(model, rest))]))
    return model
  }
  const dense = await measure('one network', fast)
  const setting = await smallestNetwork(train, fast, { task, inputs: dense.features.length })
  const { encoding, lambda, width, sparsity } = setting
  chosen.push(lineOf([name, encoding, String(lambda), `${width}, ${width}`, `${100 * sparsity} %`]))
  for (const model of [dense, await measure('pruned', optionsOf(setting)), await measure('average of 8', {})])
    model.dispose()
}
console.log(`\n${[headOf(roundedHeads), ...rounded].join('\n')}`)
console.log(`\n${[headOf(['table', 'encoding', 'lambda', 'hidden', 'zeros']), ...chosen].join('\n')}`)
rmSync(work, { recursive: true })

function headOf(/** @type {string[]} */ names) {
  return `| ${names.join(' | ')} |\n|${' --- |'.repeat(2)}${' ---: |'.repeat(names.length - 2)}`
}

function lineOf(/** @type {unknown[]} */ cells) {
  return `| ${cells.map(text).join(' | ')} |`
}

function text(/** @type {unknown} */ cell) {
  return typeof cell === 'number' ? cell.toPrecision(4) : String(cell)
}

/** Weights that are not 0. */
function weightsOf(/** @type {PsilonClassifier | PsilonRegressor} */ model) {
  const tensors = model.members.flatMap(({ parameters }) => Object.entries(parameters))
  return String(
    tensors.reduce((sum, [name, { data }]) => (/\.v/.test(name) ? sum + data.filter((v) => v !== 0).length : sum), 0),
  )
}

function bytesOf(/** @type {PsilonClassifier | PsilonRegressor} */ model) {
  const kilobytes = (/** @type {string | Uint8Array} */ content) => (Buffer.byteLength(content) / 1e3).toFixed(1)
  const both = (/** @type {string} */ text) => `${kilobytes(text)} (${kilobytes(gzipSync(text))})`
  return [kilobytes(model.toBuffer()), kilobytes(model.toOnnx()), both(model.toJavaScript()), both(model.toC())]
}

/** Sizes with gzip, scores, and what rounding changes: the bound, and the most that the rows show. */
async function roundedCells(
  /** @type {PsilonClassifier | PsilonRegressor} */ model,
  /** @type {import('psilon').Table} */ rest,
) {
  const score = /** @type {any} */ (await model.evaluate(rest))
  const targets = rest.columns[rest.names.indexOf('target')]
  const all = await Promise.all(
    ['exact', ...formats].map(async (weights) => {
      const content = model.toJavaScript(/** @type {any} */ ({ weights }))
      const module = await moduleOf(content)
      const values = rowsOf(rest, module.columns).map((row) =>
        module.classes ? module.predictProba(row) : module.predict(row),
      )
      return {
        size: (gzipSync(content).length / 1e3).toFixed(1),
        values,
        bound: module.weightsError,
        classes: module.classes,
      }
    }),
  )
  const [exact, ...others] = all
  const lossOf = (/** @type {any} */ { values, classes }) => {
    const losses = values.map((/** @type {any} */ value, /** @type {number} */ i) => {
      return classes ? -Math.log(value[classes.indexOf(targets[i])]) : (value - Number(targets[i])) ** 2
    })
    return losses.reduce((/** @type {number} */ sum, /** @type {number} */ loss) => sum + loss, 0) / losses.length
  }
  const scale = score.rmse === undefined ? 1 : score.scaledRmse / score.rmse
  const scoreOf = (/** @type {any} */ each) => (each.classes ? lossOf(each) : scale * Math.sqrt(lossOf(each)))
  const before = exact.values.flat()
  const seen = others.map(({ values }) => {
    const changes = values.flat().map((value, k) => Math.abs(value - before[k]))
    return changes.reduce((most, change) => Math.max(most, change), 0)
  })
  const minimal = gzipSync(model.toJavaScript({ weights: 'int8', minimal: true })).length / 1e3
  return [
    ...all.map(({ size }) => size),
    minimal.toFixed(1),
    ...all.map(scoreOf),
    ...others.flatMap(({ bound }, k) => [bound, seen[k]]),
  ]
}

async function moduleOf(/** @type {string} */ content) {
  const path = join(work, `${Math.random().toString(36).slice(2)}.mjs`)
  writeFileSync(path, content)
  return await import(pathToFileURL(path).href)
}

function rowsOf(/** @type {import('psilon').Table} */ table, /** @type {any[]} */ columns) {
  return Array.from({ length: table.rows }, (_, i) => {
    return Object.fromEntries(columns.map(({ name }) => [name, table.columns[table.names.indexOf(name)][i]]))
  })
}

/** Microseconds of one row, given by itself, in each form. */
async function timesOf(
  /** @type {PsilonClassifier | PsilonRegressor} */ model,
  /** @type {import('psilon').Table} */ rest,
) {
  const { predict, columns } = await moduleOf(model.toJavaScript())
  const rows = rowsOf(rest.slice(0, most.timed), columns)
  const session = await InferenceSession.create(model.toOnnx(), { intraOpNumThreads: 1, interOpNumThreads: 1 })
  const feeds = rows.map((row) =>
    Object.fromEntries(
      columns.map(({ name, kind }) => {
        const value = kind === 'numeric' ? Float64Array.of(row[name] ?? Number.NaN) : [String(row[name] ?? '')]
        return [name, new Tensor(kind === 'numeric' ? 'float64' : 'string', value, [1, 1])]
      }),
    ),
  )
  return [
    await microseconds(3, async (k) => void (await model.predict([rows[k]])), rows.length),
    await microseconds(3, async (k) => void (await session.run(feeds[k])), rows.length),
    await microseconds(20, (k) => predict(rows[k]), rows.length),
    timeOfC(model, rows, columns),
  ].map((time) => (time < 10 ? time.toPrecision(2) : String(Math.round(time))))
}

/** The median of several rounds. */
async function microseconds(
  /** @type {number} */ repeats,
  /** @type {(k: number) => unknown} */ work,
  /** @type {number} */ rows,
) {
  const found = []
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    for (let r = 0; r < repeats; r++) {
      for (let k = 0; k < rows; k++) {
        const done = work(k)
        if (done instanceof Promise) await done
      }
    }
    found.push((1e3 * (performance.now() - began)) / (repeats * rows))
  }
  return /** @type {number} */ (median(found))
}

function timeOfC(/** @type {any} */ model, /** @type {any[]} */ rows, /** @type {any[]} */ columns) {
  const numbers = rows.map((row) =>
    columns.map(({ name, kind, levels }) => {
      const value = row[name]
      const number = kind === 'numeric' ? Number(value) : levels.indexOf(String(value))
      return value === null ? 'NAN' : String(number)
    }),
  )
  const [source, program] = [join(work, 'main.c'), join(work, 'main')]
  writeFileSync(join(work, 'model.h'), model.toC())
  writeFileSync(
    source,
    `#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <time.h>
#include "model.h"
static const double rows[][${columns.length}] = {\n${numbers.map((row) => `{${row.join(', ')}},`).join('\n')}\n};
int main(void) {
  double sum = 0;
  int round, r, k;
  for (round = 0; round < ${rounds}; round++) {
    struct timespec from, to;
    double seconds;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (r = 0; r < 20; r++)
      for (k = 0; k < ${rows.length}; k++) sum += (double)model_predict(rows[k]);
    clock_gettime(CLOCK_MONOTONIC, &to);
    seconds = (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
    printf("%g\\n", 1e6 * seconds / (20 * ${rows.length}));
  }
  fprintf(stderr, "%g\\n", sum);
  return 0;
}
`,
  )
  execFileSync('gcc', ['-std=c99', '-O2', source, '-o', program, '-lm'])
  const lines = execFileSync(program, { stdio: ['ignore', 'pipe', 'ignore'] })
    .toString()
    .trim()
    .split('\n')
  return /** @type {number} */ (median(lines, Number))
}
