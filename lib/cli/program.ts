import { Command } from 'commander'
import { version } from '../version.js'
import { checkContents } from './files/content.js'
import { begin } from './flags/wording.js'

const help = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled by Ctrl-C, 143 by SIGTERM, 129 by SIGHUP.
With PSILON_DEBUG=1 errors print their stack.`

/** A command in a file of its name. */
interface CommandFile {
  addTo(program: Command): void
}

const files: Record<string, () => Promise<CommandFile>> = {
  train: () => import('./commands/train.js'),
  predict: () => import('./commands/predict.js'),
  evaluate: () => import('./commands/evaluate.js'),
  inspect: () => import('./commands/inspect.js'),
  prune: () => import('./commands/prune.js'),
  certify: () => import('./commands/certify.js'),
  export: () => import('./commands/export.js'),
  import: () => import('./commands/import.js'),
  report: () => import('./commands/report.js'),
  sweep: () => import('./commands/sweep.js'),
  worker: () => import('./commands/worker.js'),
  reproduce: () => import('./commands/reproduce.js'),
  doctor: () => import('./commands/doctor.js'),
}

/**
 * The command line. Errors are thrown.
 *
 * @param args what will be parsed. If it calls a command, the files of the others are not read, which would take longer than
 * most calls.
 */
export async function createProgram(args: readonly string[]): Promise<Command> {
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
  const [first = '', second = ''] = args.filter((arg) => !arg.startsWith('-'))
  const called = first === 'help' ? second : first
  for (const name of Object.hasOwn(files, called) ? [called] : Object.keys(files)) (await files[name]()).addTo(program)
  return program
}
