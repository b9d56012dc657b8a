import { Command } from 'commander'
import { addDeep } from './commands/deep.js'
import { explain } from './commands/failure.js'
import { watchOutput } from './commands/output.js'
import { addReport } from './commands/report.js'
import { addTables } from './commands/tables.js'

const help = `
Every finished fit is kept in the folder of the run: after Ctrl-C the same command goes on from there, and computes
nothing twice. The figures are also in its results.json, and as a page in its report.html.

Examples:
  npm run reproduce -- tabular --quick
  npm run reproduce -- tabular --data tables --sets cpu_act,spambase --out runs/two
  npm run reproduce -- figure1
  npm run reproduce -- deep --quick
  npm run reproduce -- report runs/reproduce-tabular`

const program = new Command('npm run reproduce --')
  .description("Repeat the paper's experiments: the same networks, grids, protocol and baselines.")
  .addHelpText('after', help)
  .exitOverride()
  .configureOutput({ outputError: () => {} })
for (const add of [addTables, addDeep, addReport]) add(program)

watchOutput()
try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = explain(error, process.argv.slice(2))
}
