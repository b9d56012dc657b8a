import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Refusal, refusalOf } from '../errors/refusal.js'
import { fileError } from '../io/file-error.js'
import { parseJson } from '../io/json.js'
import { odd } from '../io/json-reader.js'
import { readText } from '../io/read-text.js'
import { writeFile } from '../io/write-file.js'
import { listed } from '../print.js'
import { version } from '../version.js'
import { canonical, sha256 } from './canonical.js'
import type { TrialResult } from './run-trial.js'
import type { Trial } from './trial.js'

/** Results of trials, by their keys. */
export interface Store {
  /** The result of a trial that is finished; null if there is none. */
  get(trial: Trial): Promise<TrialResult | null>
  put(result: TrialResult): Promise<void>
  /** Files that could not be used, and why; their trials run again. */
  readonly notes: readonly string[]
}

/** Keeps results as long as the process. */
export class MemoryStore implements Store {
  readonly notes: string[] = []
  readonly #results = new Map<string, TrialResult>()

  async get({ key }: Trial): Promise<TrialResult | null> {
    return this.#results.get(key) ?? null
  }

  async put(result: TrialResult): Promise<void> {
    this.#results.set(result.key, result)
  }
}

const storeFormat = 'psilon-sweep'

/**
 * A folder (docs/sweeps.md): `sweep.json` describes the latest sweep, `trials/KEY.json` has the result of a trial and its
 * SHA-256. Several processes may use it at once: a file is written in full or not at all, and two results of one key differ in
 * their time alone.
 */
export class FolderStore implements Store {
  readonly #damaged = new Map<string, string>()

  private constructor(private readonly folder: string) {}

  /**
   * Opens or makes a store.
   *
   * @param sweep description of the sweep, as plain data.
   * @throws Refusal ERR_FILE if the folder holds something else, or cannot be written.
   */
  static async open(folder: string, sweep: object): Promise<FolderStore> {
    await checkFolder(folder)
    await mkdir(join(folder, 'trials'), { recursive: true }).catch((cause) => {
      throw fileError('write', folder, cause)
    })
    const content = { format: storeFormat, version, ...sweep }
    await writeFile(join(folder, 'sweep.json'), `${JSON.stringify(content, null, 2)}\n`)
    return new FolderStore(folder)
  }

  get notes(): string[] {
    return [...this.#damaged.values()]
  }

  async get({ key }: Trial): Promise<TrialResult | null> {
    const path = this.#pathOf(key)
    try {
      const text = await readText(path)
      return text === null ? null : readResult(path, text, key)
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal === undefined || refusal.code === 'ERR_FILE') throw error
      this.#damaged.set(key, refusal.message)
      return null
    }
  }

  async put(result: TrialResult): Promise<void> {
    await writeFile(this.#pathOf(result.key), resultText(result))
  }

  #pathOf(key: string): string {
    return join(this.folder, 'trials', `${key}.json`)
  }
}

/** @throws Refusal ERR_FILE unless the folder is empty, missing, or a store. */
async function checkFolder(folder: string): Promise<void> {
  const path = join(folder, 'sweep.json')
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException): string[] => {
    if (cause.code === 'ENOENT') return []
    if (cause.code === 'ENOTDIR') throw new Refusal('ERR_FILE', `${folder} is a file, expected a folder`)
    throw fileError('read', folder, cause)
  })
  const refuse = (found: string) => {
    return new Refusal('ERR_FILE', `${found}, expected an empty folder or one in which psilon keeps a sweep`)
  }
  if (names.includes('sweep.json')) {
    const described = parseJson((await readText(path)) ?? '', (reason) => refuse(`${path} ${reason}`))
    if (Object(described).format !== storeFormat) throw refuse(`${path} is not of a sweep of psilon`)
    return
  }
  const others = names.filter((name) => name !== 'trials' && !name.startsWith('.'))
  if (others.length > 0) throw refuse(`the folder ${folder} holds ${listed(others, 3)}`)
}

/** A result with its SHA-256, as JSON. */
export const resultText = (result: TrialResult): string =>
  `${JSON.stringify({ sha256: sha256(canonical(result)), result })}\n`

/** @param place where the text is, for messages. @throws Refusal ERR_MODEL_FILE if it is not the result of this trial, or damaged. */
export function readResult(place: string, text: string, key: string): TrialResult {
  const { sha256: digest, result } = Object(
    parseJson(text, (reason) => new Refusal('ERR_MODEL_FILE', `${place} ${reason}`)),
  )
  if (Object(result).key !== key) odd(`${place} is not the result of its trial`)
  if (digest !== sha256(canonical(result))) odd(`${place} has been damaged or changed`)
  return result
}
