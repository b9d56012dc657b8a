import type { Command } from 'commander'
import { Refusal } from '../../errors/refusal.js'
import { fileName } from '../../io/file-error.js'
import { contentOf } from '../files/content.js'

/**
 * Checks the content of a command's input files before it reads them: refuses a model in the place of a table, and a
 * table in the place of a model.
 *
 * @throws Refusal ERR_OPTION for arguments in the wrong order, ERR_DATA for a file that is not a table.
 */
export async function checkArguments(command: Command): Promise<void> {
  const given = new Map(command.registeredArguments.map((argument, k) => [argument.name(), command.args[k]]))
  const tables = [given.get('file'), command.opts().table].filter((path) => path !== undefined && path !== '-')
  for (const table of tables) {
    const content = await contentOf(table)
    if (content === null) continue
    const model = given.get('model')
    if (content.model && model !== undefined) await refuseSwapped(command, model, table)
    if (!content.model && content.other === null) continue
    const { kind, advice } = content.other ?? {
      kind: 'a model file',
      advice: 'give the table that the model should read',
    }
    throw new Refusal('ERR_DATA', `${fileName(table)} is ${kind}, expected a CSV file; ${advice}`)
  }
}

/** For a file in the place of the model that is not a model. */
async function refuseSwapped(command: Command, model: string, table: string): Promise<void> {
  const content = await contentOf(model)
  if (content === null || content.model) return
  const message = `${fileName(table)} is a model file and ${fileName(model)} is not, expected the model first`
  throw new Refusal('ERR_OPTION', `${message}: psilon ${command.name()} ${table} ${model}`)
}
