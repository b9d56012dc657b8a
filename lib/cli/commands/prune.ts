import type { Command } from 'commander'
import { sum } from 'd3-array'
import { option, Refusal, words } from '../../errors/refusal.js'
import { type AnyModel, isEstimator, networksOf } from '../../estimators/models.js'
import { pruneTarget } from '../../fit/settings.js'
import { fileName } from '../../io/file-error.js'
import { load } from '../../load.js'
import { countParameters } from '../../network/parameters.js'
import { aligned, figure, percent, size } from '../../print.js'
import { scoreTable } from '../../report/scores.js'
import type { Table } from '../../tables/table.js'
import { checkOutput, fileSize, identity, recordPath } from '../files/files.js'
import { scoresOf } from '../files/model-scores.js'
import { tableOf } from '../files/tables.js'
import { number, numberOr } from '../flags/values.js'
import { printDocument, printLines } from '../terminal/output.js'

const help = `
This does not train the model; psilon train --prune prunes during training and loses less accuracy.

Example:
  psilon prune model.safetensors --sparsity 0.5 --compact --out small.safetensors --table houses.csv`

interface PruneFlags {
  sparsity?: number
  scale?: number | 'raw'
  compact?: boolean
  table?: string
  out: string
  json?: boolean
}

export function addTo(program: Command): void {
  program
    .command('prune')
    .summary('set weights of a model to exact zero')
    .description('Set weights of a model to exact zero, at once, and write it to another file.')
    .argument('<model>', 'model file')
    .option('--sparsity <share>', 'Target share of exact zeros, above 0 and below 1.', number)
    .option(
      '--scale <norm>',
      'Alternative to --sparsity: L1 norm of rows before projection, 1 to 1048576, or raw.',
      numberOr('raw'),
    )
    .option('--compact', 'Also remove unused units; without --sparsity and --scale, do only that.')
    .option('--table <file>', 'CSV or Parquet file with the target, to score the model before and after.')
    .requiredOption('--out <file>', 'File for the pruned model, not the model itself.')
    .option('--json', 'Print one JSON document.')
    .addHelpText('after', help)
    .action(prune)
}

async function prune(path: string, flags: PruneFlags): Promise<void> {
  const { sparsity, scale, compact = false, table, out, json = false } = flags
  const amount = compact && sparsity === undefined && scale === undefined ? null : { sparsity, scale }
  if (amount !== null) pruneTarget(amount)
  await checkOut(path, flags)
  const model = await load(path)
  const rows = await rowsFor(model, path, table)
  const before = await stateOf(model, path, rows)
  if (amount !== null) model.prune(amount)
  const pruned = amount === null ? null : shapeOf(model)
  if (compact) model.compact()
  await model.save(out)
  const after = await stateOf(model, out, rows)
  if (json) return printDocument({ command: 'prune', model: path, out, before, pruned, after })
  const columns: Record<string, Shape> =
    compact && pruned !== null ? { before, pruned, compacted: after } : { before, after }
  printLines(shapeLines(columns))
  if (before.scores !== null && after.scores !== null) {
    const scores = { before: before.scores, after: after.scores }
    printLines(['', ...aligned(scoreTable(scores, isEstimator(model) ? model.target : ''))])
  }
  printLines(['', `the pruned model is in ${out}`])
}

/**
 * Refuses to overwrite a file that is read, or one with a record beside it, which would then describe another model.
 */
async function checkOut(path: string, { table, out }: PruneFlags): Promise<void> {
  const inputs = { 'the model itself': path, 'the table': table }
  await checkOutput(words`${option('out')} is ${out}`, out, inputs)
  const record = recordPath(out)
  if ((await identity(record)) === null) return
  const expected = words`expected ${option('out')} without a record beside it`
  throw new Refusal('ERR_OPTION', words`${record} describes another model, ${expected}`)
}

/** The rows of the file that score the model. */
async function rowsFor(model: AnyModel, path: string, file: string | undefined): Promise<Table | null> {
  if (file === undefined) return null
  if (isEstimator(model)) return await tableOf(file, model.reading)
  const found = `${fileName(path)} holds a bare network, which cannot read tables`
  throw new Refusal('ERR_UNSUPPORTED', words`${option('table')} is given, but ${found}`)
}

async function stateOf(model: AnyModel, path: string, rows: Table | null) {
  const scores = rows !== null && isEstimator(model) ? await scoresOf(model, rows, rows) : null
  return { bytes: await fileSize(path), ...shapeOf(model), scores }
}

/** What pruning changes. For an ensemble, counts are sums over its members. */
function shapeOf(model: AnyModel) {
  const configs = networksOf(model).map(({ config }) => config)
  const depth = Math.max(...configs.map(({ hidden }) => hidden.length))
  return {
    parameters: sum(configs, countParameters),
    hidden: Array.from({ length: depth }, (_, k) => sum(configs, ({ hidden }) => hidden[k] ?? 0)),
    exactSparsity: model.sparsity().exact,
    pathNorm: model.pathNorm(),
  }
}

/** A model that has no file has no bytes. */
type Shape = ReturnType<typeof shapeOf> & { bytes?: number }

function shapeLines(columns: Record<string, Shape>): string[] {
  const shapes = Object.values(columns)
  return aligned([
    ['', ...Object.keys(columns)],
    ['exact zeros', ...shapes.map(({ exactSparsity }) => percent(exactSparsity))],
    ['path norm', ...shapes.map(({ pathNorm }) => figure(pathNorm))],
    ['hidden units', ...shapes.map(({ hidden }) => hidden.join(', '))],
    ['parameters', ...shapes.map(({ parameters }) => parameters.toLocaleString('en-US'))],
    ['file size', ...shapes.map(({ bytes }) => (bytes === undefined ? '' : size(bytes)))],
  ])
}
