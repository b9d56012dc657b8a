// The tables of options and presets in docs/api.md, from the declarations in lib. As a program: writes them into that file.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  classifierCertifyOptions,
  classifierMonotoneOptions,
  classifierRangeOptions,
} from '#psilon/estimators/certificates/options.js'
import { crossValidationOptions } from '#psilon/estimators/cross-validation-options.js'
import { allEstimatorOptions, ownFitOptions, ownNetworkOptions } from '#psilon/estimators/estimator-options.js'
import { presets } from '#psilon/estimators/presets.js'
import { fitOptions } from '#psilon/fit/options.js'
import { networkCertifyOptions, networkOptions, pathNormOptions } from '#psilon/network/options.js'
import { defaultText, omit, pathsOf } from '#psilon/options/option.js'
import { sweepOptions } from '#psilon/sweep/options.js'
import { readOptions } from '#psilon/tables/read-options.js'

export const apiPage = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs', 'api.md')

const shared = { ...ownNetworkOptions, ...ownFitOptions }
const sharedNames = Object.keys(shared).filter((name) => allEstimatorOptions[name] === shared[name])
const own = omit(allEstimatorOptions, /** @type {never[]} */ (sharedNames))

const tables = {
  estimators: own,
  networks: networkOptions,
  fit: fitOptions,
  certificates: networkCertifyOptions,
  certify: classifierCertifyOptions,
  ranges: classifierRangeOptions,
  monotone: classifierMonotoneOptions,
  bounds: pathNormOptions,
  reading: readOptions,
  sweep: sweepOptions,
  folds: crossValidationOptions,
}

/** The page with its tables as the declarations have them. */
export function withTables(page) {
  return page.replace(/(<!-- options of (\w+) -->\n).*?(<!-- end of options -->)/gs, (_, begin, name, end) => {
    return `${begin}${name === 'presets' ? presetTable() : tableOf(tables[name])}${end}`
  })
}

/** A column for each preset. */
function presetTable() {
  const each = Object.entries(presets)
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |\n`
  const rows = Object.entries(presetRows).map(([title, text]) =>
    line([title, ...each.map(([, preset]) => text(preset))]),
  )
  return [line(['', ...each.map(([name]) => `\`'${name}'\``)]), line(['---', ...each.map(() => '---')]), ...rows].join(
    '',
  )
}

const listed = (/** @type {readonly (string | number)[]} */ values) => values.map(numberText).join(', ')
const numberText = (/** @type {string | number} */ value) => {
  return typeof value === 'number' && value < 0.1 ? value.toExponential() : value.toLocaleString('en-US')
}

/** @type {Record<string, (preset: import('#psilon/estimators/presets.js').Preset) => string>} */
const presetRows = {
  '`encoding`': ({ encodings }) => listed(encodings),
  '`hidden`': ({ hidden }) => listed(hidden),
  '`depth`': ({ depth }) => (depth === null ? defaultText(networkOptions.depth) : String(depth)),
  '`lambda`': ({ lambda, lambdas }) => (lambda === 'auto' ? listed(lambdas) : listed([lambda])),
  "lambdas of `lambda: 'auto'`": ({ lambdas }) => listed(lambdas),
  'length of a fit': ({ steps }) => (steps === null ? wholeFit : `${numberText(steps)} steps`),
  '`batchSize`': ({ steps }) => (steps === null ? defaultText(fitOptions.batchSize) : batchText),
  '`learningRate`': ({ learningRate: { mlp, resnet } }) => `${numberText(mlp)}, resnet ${numberText(resnet)}`,
  'rows held out to choose': ({ selection }) => selectionText(selection),
  finalists: ({ finalists }) => (finalists === Infinity ? 'all' : String(finalists)),
  'zeros if that costs less than 1 %': ({ sparsity }) => (sparsity === null ? 'not tried' : `${100 * sparsity} %`),
  '`ensemble`': ({ ensemble }) => String(ensemble),
}

const wholeFit = `${numberText(Number(defaultText(fitOptions.epochs)))} epochs`
const batchText = 'a power of two near 1/32 of the rows, 32 to 256'

/** @param {import('#psilon/estimators/estimator-options.js').Selection} selection */
function selectionText(selection) {
  if (!('folds' in selection)) return `${100 * selection.validation} %`
  const { folds, repeats = 1 } = selection
  return repeats === 1 ? `${folds} folds` : `${folds} folds, ${repeats} times`
}

function tableOf(declarations) {
  const rows = pathsOf(declarations).map(
    ([path, option]) => `| \`${path}\` | ${defaultOf(option)} | ${meaningOf(option)} |\n`,
  )
  return `| option | default | |\n| --- | --- | --- |\n${rows.join('')}`
}

const defaultOf = (option) => (option.required ? 'required' : code(defaultText(option)))

/** @param {import('#psilon/options/option.js').Option<unknown>} option */
function meaningOf({ kind, sentence, sections }) {
  const values = { choice: `One of ${kind.values}.`, object: '', other: '', widths: '', boolean: '', texts: '' }[
    kind.type
  ]
  const range = values ?? (kind.values === '' ? '' : `${capitalised(kind.values)}.`)
  return code([`${sentence}${sectionText(sections)}`, range].filter((text) => text !== '').join(' ')).replaceAll(
    '|',
    '\\|',
  )
}

/** `Sections 2 and 3.`, with a blank before it. @param {readonly number[]} sections */
function sectionText(sections = []) {
  if (sections.length === 0) return ''
  return sections.length === 1
    ? ` Section ${sections[0]}.`
    : ` Sections ${sections.slice(0, -1).join(', ')} and ${sections.at(-1)}.`
}

/**
 * The docstring of an option: its sentence, the sections, the range of numbers and the default.
 *
 * @param {import('#psilon/options/option.js').Option<unknown>} option
 */
export function docstringOf(option) {
  const { kind, sentence, sections } = option
  const numeric = ['integer', 'number', 'number or word', 'numbers'].includes(kind.type)
  const range = numeric && kind.values !== '' ? ` ${capitalised(kind.values)}.` : ''
  const text = defaultText(option)
  return `${sentence}${sectionText(sections)}${range}${text === '' ? '' : ` Default ${text}.`}`
}

const capitalised = (text) => text[0].toUpperCase() + text.slice(1)

/** Words in quotes as code. */
const code = (text) => text.replace(/'[^' ]*'/g, (word) => `\`${word}\``)

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(apiPage, withTables(readFileSync(apiPage, 'utf8')))
