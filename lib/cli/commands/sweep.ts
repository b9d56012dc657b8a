import type { Command } from 'commander'
import { Caller } from '../../errors/caller.js'
import { option, Refusal, refusalOf, words } from '../../errors/refusal.js'
import { fitOptions } from '../../fit/options.js'
import { TrainingRun } from '../../fit/run.js'
import { fileName } from '../../io/file-error.js'
import { writeFile } from '../../io/write-file.js'
import { count, duration } from '../../print.js'
import { layOut } from '../../report/layout.js'
import { chartDrawer } from '../../report/svg.js'
import { sweepPage } from '../../report/sweep/page.js'
import { sweepCsv } from '../../sweep/csv.js'
import type { SweepSummary } from '../../sweep/summary.js'
import { type PreparedSweep, prepareSweep, runSweep, type SweepEvent } from '../../sweep/sweep.js'
import { version } from '../../version.js'
import { exitCodeOf, failureOf } from '../failure.js'
import { checkOutput } from '../files/files.js'
import { addFlags } from '../flags/option-flags.js'
import { settingLines, setupLines } from '../sweep/lines.js'
import { showSweep } from '../sweep/progress.js'
import { readSpec } from '../sweep/spec-file.js'
import { onInterrupt } from '../terminal/interrupt.js'
import { printDocument, printLines, say, warn } from '../terminal/output.js'

const help = `
The spec is a JSON file (docs/sweeps.md):
  { "data": "houses.csv", "target": "price", "base": { "preset": "fast" },
    "grid": { "lambda": [0.001, 0.01, 0.1], "hidden": [32, 64] }, "folds": 5 }

Example:
  psilon sweep spec.json --out results --report sweep.html --csv trials.csv`

interface SweepFlags {
  out?: string
  report?: string
  csv?: string
  threads?: number
  redis?: string
  json?: boolean
  quiet?: boolean
}

export function addTo(program: Command): void {
  const command = program
    .command('sweep')
    .summary('compare many settings on a table')
    .description('Train with each of many settings on parts of a table; compare score, path norm, size and time.')
    .argument('<spec>', 'JSON file that says what to try, and on which table')
    .option(
      '--out <folder>',
      'Folder that keeps the results; the same command continues there. By default nothing is kept.',
    )
    .option('--report <file>', 'Write a page with the settings and their front.')
    .option('--csv <file>', 'Write a line for each trial as CSV.')
    .option('--redis <url>', 'URL of a Redis whose workers run the trials; psilon worker starts one.')
  addFlags(command, { threads: fitOptions.threads })
    .option('--json', 'Print one JSON document.')
    .option('--quiet', 'Print only the table of settings.')
    .addHelpText('after', help)
    .action(sweep)
}

async function sweep(file: string, flags: SweepFlags): Promise<void> {
  const { out, json = false, quiet = false, threads, redis } = flags
  const spec = await readSpec(file)
  await checkFiles(file, spec.data, flags)
  const prepared = await prepareSweep({ ...spec, store: out, threads, redis })
  const table = typeof spec.data === 'string' ? fileName(spec.data) : null
  if (!json && !quiet) printLines(setupLines(prepared, table ?? 'in the spec', out))
  warnOfDamage(prepared.store.notes)
  const begin = performance.now()
  const summary = await run(prepared, flags)
  const seconds = (performance.now() - begin) / 1000
  const { files, error } = await writeFiles(summary, table, flags)
  if (json) {
    const failure = error && failureOf(error)
    printDocument({
      command: 'sweep',
      version,
      file: table,
      ...summary,
      seconds,
      files,
      ...(failure && { error: failure }),
    })
    if (failure !== null) process.exitCode = exitCodeOf(failure)
    return
  }
  printLines(quiet ? settingLines(summary) : ['', ...settingLines(summary), '', ...endLines(summary, seconds, files)])
  if (error !== null) throw error
}

/** Results that are named in warnings. */
const maxWarnings = 3

function warnOfDamage(notes: readonly string[]): void {
  for (const note of notes.slice(0, maxWarnings)) warn(`${note}; its trial runs again`)
  const more = notes.length - maxWarnings
  if (more > 0) warn(`${count(more, 'more result')} cannot be used; --json has all`)
}

/** Checks before the trials that files can be written and drawn. */
async function checkFiles(spec: string, data: unknown, { csv, report }: SweepFlags): Promise<void> {
  const inputs = { 'the spec': spec, ...(typeof data === 'string' && { 'the table': data }) }
  for (const [name, path] of Object.entries({ csv, report })) {
    if (path !== undefined) await checkOutput(words`${option(name)} is ${path}`, path, inputs)
  }
  if (report !== undefined) await chartDrawer()
}

async function run(prepared: PreparedSweep, { out, json = false, quiet = false }: SweepFlags): Promise<SweepSummary> {
  const running = new TrainingRun<SweepEvent, SweepSummary>((control) => runSweep(prepared, control, say), {
    operation: 'sweep',
    caller: new Caller(run),
  })
  const interrupt = onInterrupt(() => running.cancel())
  try {
    if (!json && !quiet) await showSweep(running, prepared)
    const summary = await running
    if (summary.stopped === 'completed') return summary
    const found = `cancelled with ${summary.trials.length} of ${count(summary.planned, 'trial')} finished`
    const kept =
      out === undefined
        ? words`not kept, as ${option('out')} was not given`
        : words`in ${out}; the same command continues`
    throw new Refusal('ERR_CANCELLED', words`${found}; they are ${kept}`)
  } finally {
    interrupt.release()
  }
}

/** Paths of the files that were written. */
type Files = Record<'store' | 'csv' | 'report', string | null>

/** Writes all files that can be written. @returns the first error: also that all trials failed. */
async function writeFiles(summary: SweepSummary, file: string | null, { out, csv, report }: SweepFlags) {
  const files: Files = { store: out ?? null, csv: null, report: null }
  let error = summary.trials.every(({ error }) => error !== null) ? failed(summary) : null
  const write = async (name: keyof Files, path: string | undefined, text: () => string | Promise<string>) => {
    if (path === undefined) return
    try {
      await writeFile(path, await text())
      files[name] = path
    } catch (cause) {
      const refusal = refusalOf(cause)
      if (refusal === undefined) throw cause
      error ??= refusal
    }
  }
  await write('csv', csv, () => sweepCsv(summary))
  await write('report', report, () => layOut(sweepPage(summary, file)))
  return { files, error }
}

const endLines = ({ trials, known }: SweepSummary, seconds: number, { csv, report }: Files): string[] => [
  `${count(trials.length - known, 'trial')} in ${duration(seconds)}`,
  ...(csv === null ? [] : [`${csv}: a line for each trial`]),
  ...(report === null ? [] : [`${report}: all of this as a page`]),
]

/** @param summary in which every trial failed. */
function failed({ trials }: SweepSummary): Refusal {
  const [{ error }] = trials
  return new Refusal(
    error?.code ?? 'ERR_DATA',
    `all ${count(trials.length, 'trial')} failed; the first: ${error?.message}`,
  )
}
