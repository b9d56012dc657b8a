import { Command } from 'commander'
import type { Table } from 'psilon'
import { splitRows } from './accuracy/splits.js'
import { encodings } from './bounds/attacks.js'
import { attackBoxes, isClean, sumOf, type Tally } from './bounds/box-attack.js'
import { Random } from './bounds/random.js'
import { rounding, trained, withMissingCells } from './bounds/subject.js'
import { say, watchOutput } from './commands/output.js'
import { integer, maxInteger, names } from './commands/values.js'
import { readTables } from './data/read-data-sets.js'
import { taskOfTable } from './data/requirements.js'
import { markdownTable } from './text.js'

// Looks for rows within certified radii that are predicted as another class, on every table of a folder that has classes, for
// every encoding, both dtypes and several kinds of networks. Ends with 1 where it finds one.

const command = 'check:certificates'
const requirements = { tasks: ['binary', 'classes'], minRows: 50, minColumns: 1 } as const
const dtypes = Object.keys(rounding)
const networks = [{}, { prune: { sparsity: 0.8 } }, { kind: 'resnet', hidden: 16 }, { hidden: 16, ensemble: 3 }]
const kinds = encodings.flatMap((encoding) =>
  dtypes.flatMap((dtype) => networks.map((network) => ({ hidden: 32, ...network, encoding, dtype }))),
)

interface Flags {
  data: string
  sets?: string[]
  boxes: number
  seed: number
}

async function check({ data, sets, boxes, seed }: Flags): Promise<void> {
  const { tables, skipped } = await readTables(command, { data, names: sets && [...new Set(sets)] }, requirements)
  for (const { set, reason } of skipped) say(`${set} is left out: ${reason}`)
  const each = Math.ceil(boxes / (tables.length * kinds.length))
  const tallies: Tally[] = []
  for (const { name, table } of tables) {
    tallies.push(await attackTable(name, table, each, new Random(seed)))
    say(`${name}: ${tallies.at(-1)?.boxes} boxes, ${sumOf(tallies).boxes} of ${boxes} so far`)
  }
  const rowOf = (name: string, { boxes, points, flips, counterexamples, unturned }: Tally) =>
    [name, boxes, points, flips, counterexamples, unturned].map((value) => value.toLocaleString('en-US'))
  const rows = [...tables.map(({ name }, k) => rowOf(name, tallies[k])), rowOf('all', sumOf(tallies))]
  const heads = ['table', 'boxes', 'points', 'of another class', 'counterexamples', 'of the same class']
  process.stdout.write(`${markdownTable(heads, rows).join('\n')}\n`)
  if (!isClean(sumOf(tallies))) process.exitCode = 1
}

async function attackTable(name: string, table: Table, boxes: number, random: Random): Promise<Tally> {
  const { train, test } = await splitRows(await withMissingCells(table, random), 'file')
  const tallies: Tally[] = []
  for (const kind of kinds) {
    const given = { preset: 'fast', lambda: 1e-3, epochs: 60, threads: 1, ...kind }
    const subject = await trained(train, test, taskOfTable(table), given)
    try {
      if ('prune' in kind) subject.model.compact()
      const tally = await attackBoxes(subject, random, boxes)
      if (!isClean(tally)) say(`${name}, ${JSON.stringify(kind)}: ${JSON.stringify(tally)}`)
      tallies.push(tally)
    } finally {
      subject.model.dispose()
    }
  }
  return sumOf(tallies)
}

watchOutput()
await new Command(`npm run ${command} --`)
  .option('--data <folder>', 'tables NAME.csv or NAME.csv.gz with a column "target"', 'data')
  .option('--sets <names>', 'only these tables, with commas between them', names)
  .option('--boxes <n>', 'boxes to attack, over all tables', integer(1, maxInteger), 20_000)
  .option('--seed <n>', 'of what is drawn', integer(0, maxInteger), 1)
  .action((flags: Flags) =>
    check(flags).catch((error) => {
      say(String(error))
      process.exitCode = 1
    }),
  )
  .parseAsync()
