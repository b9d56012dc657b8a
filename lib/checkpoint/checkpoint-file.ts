import { copyFile, link, rm } from 'node:fs/promises'
import type { Floats } from '../core/native.js'
import { Refusal, refusalOf, within } from '../errors/refusal.js'
import { fileError } from '../io/file-error.js'
import { parseJson } from '../io/json.js'
import { boolean, entries, object, odd, text } from '../io/json-reader.js'
import { type CheckMetadata, encodeSafetensors, openSafetensors, type SafeTensor } from '../io/safetensors.js'
import { removeFile, writeFile } from '../io/write-file.js'
import { isFloat32Array } from '../realms.js'
import { digestOf, type RunIdentity } from './run-identity.js'

/**
 * A checkpoint is a safetensors file. Its metadata are `format` = 'psilon checkpoint', `contents` (JSON) and `sha256` of
 * contents and numbers. The tensor `NAME/n` has the numbers n of the section NAME.
 */

/** Facts as JSON, and numbers by name. */
export interface Section {
  facts: unknown
  numbers: Readonly<Record<string, Floats>>
}

export interface Contents {
  run: RunIdentity
  /** Whether the run has ended: then another one may take the file. */
  ended: boolean
  sections: ReadonlyMap<string, Section>
}

const format = 'psilon checkpoint'

const readContents = object({
  run: object({ version: text, device: text, digest: text }),
  ended: boolean,
  sections: entries<unknown>((value) => value),
})

export const previousOf = (path: string): string => `${path}.previous`

/**
 * Writes the file in full or not at all; the one before becomes `<path>.previous`, unless it is damaged.
 *
 * @throws Refusal ERR_FILE
 */
export async function writeCheckpoint(path: string, contents: Contents, { damaged = false } = {}): Promise<void> {
  const bytes = encode(contents)
  try {
    if (!damaged) await keepPrevious(path)
  } catch (cause) {
    throw fileError('write', previousOf(path), cause)
  }
  await writeFile(path, bytes)
}

async function keepPrevious(path: string): Promise<void> {
  const previous = previousOf(path)
  await rm(previous, { force: true })
  try {
    await link(path, previous)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'ENOENT') await copyFile(path, previous) // a file system without links
  }
}

function encode({ run, ended, sections }: Contents): Uint8Array[] {
  const tensors = new Map<string, SafeTensor>()
  for (const [name, { numbers }] of sections) {
    for (const [n, data] of Object.entries(numbers)) {
      tensors.set(`${name}/${n}`, { dtype: isFloat32Array(data) ? 'F32' : 'F64', shape: [data.length], data })
    }
  }
  const facts = Object.fromEntries([...sections].map(([name, { facts }]) => [name, facts]))
  const contents = JSON.stringify({ run, ended, sections: facts })
  return encodeSafetensors(tensors, { format, contents, sha256: checksum(contents, tensors) })
}

/** Of the numbers in the order of the file. */
function checksum(contents: string, tensors: ReadonlyMap<string, SafeTensor>): string {
  const numbers = Array.from(tensors.values(), ({ data }) => data)
  return digestOf([contents, [...tensors.keys()]], numbers)
}

const checkFormat: CheckMetadata = (metadata, fail) => {
  if (metadata.get('format') !== format) throw fail('is not a checkpoint of psilon')
}

/** What a checkpoint has. @throws Refusal ERR_FILE if it cannot be read, ERR_CHECKPOINT if it is damaged or none. */
export async function readCheckpoint(path: string): Promise<Contents> {
  try {
    const file = await openSafetensors(path, checkFormat)
    try {
      const tensors = await file.read()
      return within(file.name, () => decode(file.header.metadata, tensors))
    } finally {
      await file.close()
    }
  } catch (error) {
    const refusal = refusalOf(error)
    throw refusal?.code === 'ERR_MODEL_FILE' ? refusal.with({ code: 'ERR_CHECKPOINT' }) : error
  }
}

function decode(metadata: ReadonlyMap<string, string>, tensors: ReadonlyMap<string, SafeTensor>): Contents {
  const contents = metadata.get('contents') ?? odd('it has no contents')
  if (metadata.get('sha256') !== checksum(contents, tensors)) odd('it is damaged: its checksum does not fit')
  const { sections, ...others } = readContents(
    parseJson(contents, (reason) => odd(`contents ${reason}`)),
    'contents',
  )
  return { ...others, sections: sectionsOf(sections, tensors) }
}

function sectionsOf(facts: Record<string, unknown>, tensors: ReadonlyMap<string, SafeTensor>): Map<string, Section> {
  const numbers = new Map(Object.keys(facts).map((name) => [name, {} as Record<string, Floats>]))
  for (const [name, { data }] of tensors) {
    const at = name.indexOf('/')
    const own = numbers.get(name.slice(0, at)) ?? odd('it has numbers without a section')
    own[name.slice(at + 1)] = data
  }
  return new Map(Object.entries(facts).map(([name, own]) => [name, { facts: own, numbers: numbers.get(name) ?? {} }]))
}

/** Turns refusals of what a section says into those of a checkpoint. */
export function inCheckpoint<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const refusal = refusalOf(error)
    throw refusal === undefined ? error : refusal.with({ code: 'ERR_CHECKPOINT', place: [`checkpoint, ${name}`] })
  }
}

export interface Found extends Contents {
  /** Why the newest file could not be read, if this is the one before. */
  fault: Refusal | null
}

/**
 * The newest checkpoint that can be read; null if there is none.
 *
 * @throws Refusal ERR_CHECKPOINT if all that there are cannot be read.
 */
export async function findCheckpoint(path: string): Promise<Found | null> {
  const [newest, previous] = await Promise.allSettled([path, previousOf(path)].map(readCheckpoint))
  if (newest.status === 'fulfilled') return { ...newest.value, fault: null }
  const fault = refusalOf(newest.reason)
  if (fault === undefined) throw newest.reason
  if (previous.status === 'fulfilled') return { ...previous.value, fault }
  if (isMissing(fault)) {
    if (isMissing(previous.reason)) return null
    throw previous.reason
  }
  if (isMissing(previous.reason)) throw fault
  throw new Refusal('ERR_CHECKPOINT', [...fault.said, `; and ${previousOf(path)} cannot be read either`])
}

const isMissing = (refusal: unknown): boolean =>
  (Object(refusal) as { cause?: NodeJS.ErrnoException }).cause?.code === 'ENOENT'

/** Removes the file and the one before. @throws Refusal ERR_FILE */
export async function removeCheckpoint(path: string): Promise<void> {
  for (const each of [path, previousOf(path)]) await removeFile(each)
}
