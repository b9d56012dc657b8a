import { Command } from 'commander'
import { version } from '../version.js'
import { addCertify } from './commands/certify.js'
import { addDoctor } from './commands/doctor.js'
import { addEvaluate } from './commands/evaluate.js'
import { addExport } from './commands/export.js'
import { addImport } from './commands/import.js'
import { addInspect } from './commands/inspect.js'
import { addPredict } from './commands/predict.js'
import { addPrune } from './commands/prune.js'
import { addReport } from './commands/report.js'
import { addReproduce } from './commands/reproduce.js'
import { addSweep } from './commands/sweep.js'
import { addTrain } from './commands/train.js'
import { addWorker } from './commands/worker.js'
import { checkContents } from './files/content.js'
import { begin } from './flags/wording.js'

const help = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled by Ctrl-C, 143 by SIGTERM, 129 by SIGHUP.
With PSILON_DEBUG=1 errors print their stack.`

/** The command line: each command in a file of its name. Errors are thrown. */
export function createProgram(): Command {
  const program = new Command('psilon')
    .description('Small, provably smooth, sparse neural networks for small tables.')
    .version(version, '-v, --version', 'Print the version.')
    .helpOption('-h, --help', 'Print this help.')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', help)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .hook('preSubcommand', (_, command) => begin(command))
    .hook('preAction', async (_, command) => {
      begin(command)
      await checkContents(command)
    })
  const models = [addTrain, addPredict, addEvaluate, addInspect, addPrune, addCertify, addExport, addImport, addReport]
  for (const add of [...models, addSweep, addWorker, addReproduce, addDoctor]) add(program)
  return program
}
