import { PsilonError, reworded } from '../errors.js'
import { parseJson } from '../io/json.js'
import { object, oneOf } from '../io/json-shape.js'
import { readText } from '../io/read-text.js'
import type { ExperimentDocument } from './document.js'
import { documents } from './document-shapes.js'

const commands = Object.keys(documents) as (keyof typeof documents)[]

/**
 * Reads the figures of an experiment, strictly: they may come from anywhere.
 *
 * @throws PsilonError ERR_FILE where the file cannot be read, ERR_MODEL_FILE for anything odd in it.
 */
export async function readDocument(operation: string, path: string): Promise<ExperimentDocument> {
  const text = await readText(operation, path)
  if (text === null) throw new PsilonError('ERR_FILE', `[${operation}] cannot read ${path}: no such file`)
  return reworded('[load] ', `[${operation}] ${path}: `, () => parseDocument(text))
}

function parseDocument(text: string): ExperimentDocument {
  const value = parseJson(text, (reason) => new PsilonError('ERR_MODEL_FILE', `[load] it ${reason}`))
  const { command } = object<{ command: keyof typeof documents }>({ command: oneOf(...commands) })(value, '')
  return documents[command](value, '')
}
