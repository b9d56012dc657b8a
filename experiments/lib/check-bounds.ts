import { Command } from 'commander'
import { jsonObject } from './accuracy/values.js'
import { attackedWith, encodings } from './bounds/attacks.js'
import { type Attacked, broken, page, type Shares } from './bounds/page.js'
import { say, watchOutput } from './commands/output.js'
import { names } from './commands/values.js'
import { readTables } from './data/read-data-sets.js'

// Tries to move predictions further than psilon's bounds allow, in the units of the table, for every encoding on every table
// of a folder. Ends with 1 where it succeeds.

const command = 'check:bounds'
const requirements = { tasks: ['regression', 'binary', 'classes'], minRows: 50, minColumns: 1 } as const

interface Flags {
  data: string
  sets?: string[]
  options: Record<string, unknown>
}

async function check({ data, sets, options }: Flags): Promise<void> {
  const { tables, skipped } = await readTables(command, { data, names: sets && [...new Set(sets)] }, requirements)
  for (const { set, reason } of skipped) say(`${set} is left out: ${reason}`)
  const results: Attacked[] = []
  for (const { name, table } of tables) {
    const found: Record<string, Shares> = {}
    for (const encoding of encodings) {
      found[encoding] = await attackedWith(table, encoding, options)
      const shares = Object.entries(found[encoding]).filter(([, share]) => !Number.isNaN(share))
      say(`${name}, ${encoding}: ${shares.map(([attack, share]) => `${attack} ${share.toPrecision(3)}`).join(', ')}`)
    }
    results.push({ table: name, encodings: found })
  }
  process.stdout.write(page(results, encodings))
  const wrong = broken(results)
  for (const text of wrong) say(text)
  if (wrong.length > 0) process.exitCode = 1
}

watchOutput()
await new Command(`npm run ${command} --`)
  .option('--data <folder>', 'tables NAME.csv or NAME.csv.gz with a column "target"', 'data')
  .option('--sets <names>', 'only these tables, with commas between them', names)
  .option('--options <json>', 'further options of the estimators', jsonObject, {})
  .action((flags: Flags) =>
    check(flags).catch((error) => {
      say(String(error))
      process.exitCode = 1
    }),
  )
  .parseAsync()
