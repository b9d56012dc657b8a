import { dirname, resolve } from 'node:path'
import { Refusal, within } from '../../errors/refusal.js'
import { fileName } from '../../io/file-error.js'
import { parseJson } from '../../io/json.js'
import { readText } from '../../io/read-text.js'
import { readOptions } from '../../options/option.js'
import { sweepSpec } from '../../sweep/options.js'
import { checkTable } from '../files/content.js'

/**
 * Reads the spec of a sweep; the path of its table is relative to it.
 *
 * @throws Refusal ERR_FILE if it cannot be read, ERR_OPTION if it is no spec, ERR_DATA if its table is none.
 */
export async function readSpec(path: string): Promise<Record<string, unknown>> {
  const text = await readText(path)
  if (text === null) throw new Refusal('ERR_FILE', `cannot read ${path}: no such file`)
  const name = fileName(path)
  const json = parseJson(text, (reason) => new Refusal('ERR_OPTION', `${name} ${reason}${placeOf(text)}`))
  const spec = within(name, () => readOptions(sweepSpec, json, 'the spec'))
  if (typeof spec.data !== 'string' || spec.data === '') return spec
  const data = resolve(dirname(path), spec.data)
  await checkTable(data)
  return { ...spec, data }
}

/** What the parser says of a text that is not JSON. */
function placeOf(text: string): string {
  try {
    JSON.parse(text)
    return ''
  } catch (error) {
    return `: ${(error as Error).message}`
  }
}
