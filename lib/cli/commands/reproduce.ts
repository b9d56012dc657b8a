import type { Command } from 'commander'
import { Refusal } from '../../errors/refusal.js'

/** A former command: says where the experiments are now. */
export function addTo(program: Command): void {
  program
    .command('reproduce', { hidden: true })
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw inClone("the paper's experiments run", 'tabular --quick')
    })
}

/** @param what is done there. @param args of the command that does it. */
export function inClone(what: string, args: string): Refusal {
  return new Refusal('ERR_OPTION', `${what} in a clone of psilon: npm run reproduce -- ${args}`)
}
