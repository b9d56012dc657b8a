import type { Command } from 'commander'
import { PsilonError } from '../errors.js'

/** The experiments were a command of this program once: says where they are now. */
export function addReproduce(program: Command): void {
  program
    .command('reproduce', { hidden: true })
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw inClone('reproduce', "the paper's experiments run", 'tabular --quick')
    })
}

/** @param what is done there. @param args of the command that does it. */
export function inClone(operation: string, what: string, args: string): PsilonError {
  return new PsilonError('ERR_OPTION', `[${operation}] ${what} in a clone of psilon: npm run reproduce -- ${args}`)
}
