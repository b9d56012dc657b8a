import { parseJson } from '../io/json.js'
import { objectWith as object, odd, oneOf } from '../io/json-reader.js'
import { readText } from '../io/read-text.js'
import { Refusal, within } from '../refusal.js'
import type { ExperimentDocument } from './document.js'
import { documents } from './document-shapes.js'

const commands = Object.keys(documents) as (keyof typeof documents)[]

/**
 * Reads the figures of an experiment, strictly: they may come from anywhere.
 *
 * @throws PsilonError ERR_FILE where the file cannot be read, ERR_MODEL_FILE for anything odd in it.
 */
export async function readDocument(path: string): Promise<ExperimentDocument> {
  const text = await readText(path)
  if (text === null) throw new Refusal('ERR_FILE', `cannot read ${path}: no such file`)
  return within(path, () => parseDocument(text))
}

function parseDocument(text: string): ExperimentDocument {
  const value = parseJson(text, (reason) => odd(`it ${reason}`))
  const { command } = object<{ command: keyof typeof documents }>({ command: oneOf(...commands) })(value, '')
  return documents[command](value, '')
}
