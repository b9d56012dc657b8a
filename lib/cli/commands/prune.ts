import type { Command } from 'commander'
import { sum } from 'd3-array'
import { option, Refusal, words } from '../../errors/refusal.js'
import { type AnyModel, isEstimator, networksOf } from '../../estimators/models.js'
import { pruneTarget } from '../../fit/settings.js'
import { fileName } from '../../io/file-error.js'
import { load } from '../../load.js'
import { countParameters } from '../../network/parameters.js'
import { aligned, figure, percent, size } from '../../print.js'
import type { Scores } from '../../report/scores.js'
import { checkOutput, fileSize, identity, recordPath } from '../files/files.js'
import { scoreLines, scoresOf } from '../files/model-scores.js'
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

/** What pruning changes. For an ensemble, counts are sums over its members. */
interface Shape {
  parameters: number
  hidden: number[]
  exactSparsity: number
  pathNorm: number
}

/** The same of a file. */
interface State extends Shape {
  bytes: number
  scores: Scores | null
}

export function addPrune(program: Command): void {
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
    .option('--table <file>', 'CSV file with the target, to score the model before and after.')
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
  const score = scorer(model, path, table)
  const before = await stateOf(model, path, await score())
  if (amount !== null) model.prune(amount)
  const pruned = amount === null ? null : shapeOf(model)
  if (compact) model.compact()
  await model.save(out)
  const after = await stateOf(model, out, await score())
  if (json) printDocument({ command: 'prune', model: path, out, before, pruned, after })
  else
    printLines(report({ before, pruned: compact ? pruned : null, after }, out, isEstimator(model) ? model.target : ''))
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

/** Returns a function that scores the model, as it is at each call, on the rows of the file. */
function scorer(model: AnyModel, path: string, file: string | undefined): () => Promise<Scores | null> {
  if (file === undefined) return async () => null
  if (!isEstimator(model)) {
    const found = `${fileName(path)} holds a bare network, which cannot read tables`
    throw new Refusal('ERR_UNSUPPORTED', words`${option('table')} is given, but ${found}`)
  }
  const table = tableOf(file, model.reading)
  return async () => scoresOf(model, await table, await table)
}

async function stateOf(model: AnyModel, path: string, scores: Scores | null): Promise<State> {
  return { bytes: await fileSize(path), ...shapeOf(model), scores }
}

function shapeOf(model: AnyModel): Shape {
  const configs = networksOf(model).map(({ config }) => config)
  const depth = Math.max(...configs.map(({ hidden }) => hidden.length))
  return {
    parameters: sum(configs, countParameters),
    hidden: Array.from({ length: depth }, (_, k) => sum(configs, ({ hidden }) => hidden[k] ?? 0)),
    exactSparsity: model.sparsity().exact,
    pathNorm: model.pathNorm(),
  }
}

/** @param states `pruned`: before unused units were removed. */
function report(
  { before, pruned, after }: { before: State; pruned: Shape | null; after: State },
  out: string,
  target: string,
): string[] {
  const columns = pruned === null ? { before, after } : { before, pruned, compacted: after }
  const shapes = Object.values(columns)
  const row = (name: string, text: (shape: Shape & Partial<State>) => string) => [name, ...shapes.map(text)]
  const table = aligned([
    ['', ...Object.keys(columns)],
    row('exact zeros', ({ exactSparsity }) => percent(exactSparsity)),
    row('path norm', ({ pathNorm }) => figure(pathNorm)),
    row('hidden units', ({ hidden }) => hidden.join(', ')),
    row('parameters', ({ parameters }) => parameters.toLocaleString('en-US')),
    row('file size', ({ bytes }) => (bytes === undefined ? '' : size(bytes))),
  ])
  const scores = Object.entries({ before: before.scores, after: after.scores })
  const scored = scores.filter((entry): entry is [string, Scores] => entry[1] !== null)
  const lines = scored.length === 0 ? [] : ['', ...scoreLines(Object.fromEntries(scored), target)]
  return [...table, ...lines, '', `the pruned model is in ${out}`]
}
