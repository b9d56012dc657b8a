import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { removeCheckpoint } from '../checkpoint/checkpoint-file.js'
import type { CheckpointOptions } from '../checkpoint/options.js'
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
  /** Keeps a result; its trial needs no checkpoint any more. */
  put(result: TrialResult): Promise<void>
  /** From where a trial goes on that was stopped or killed; undefined where that is not kept. */
  checkpoint(trial: Trial): CheckpointOptions | undefined
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

  checkpoint(): undefined {}
}

const storeFormat = 'psilon-sweep'

/** Seconds between two checkpoints of a trial. */
const checkpointSeconds = 5

/**
 * A folder (docs/sweeps.md): `sweep.json` describes the latest sweep, `trials/KEY.json` has the result of a trial and its
 * SHA-256, `running/KEY.checkpoint` the checkpoint of one that has not ended. Several processes may use it at once: a file is written in full or not at all, and two results of one key differ in
 * their time alone.
 */
export class FolderStore implements Store {
  readonly #damaged = new Map<string, string>()

  private constructor(
    private readonly folder: string,
    private readonly everySeconds: number,
  ) {}

  /**
   * Opens or makes a store.
   *
   * @param sweep description of the sweep, as plain data.
   * @throws Refusal ERR_FILE if the folder holds something else, or cannot be written.
   */
  static async open(folder: string, sweep: object, everySeconds = checkpointSeconds): Promise<FolderStore> {
    await checkFolder(folder)
    for (const name of ['trials', 'running']) {
      await mkdir(join(folder, name), { recursive: true }).catch((cause) => {
        throw fileError('write', folder, cause)
      })
    }
    const content = { format: storeFormat, version, ...sweep }
    await writeFile(join(folder, 'sweep.json'), `${JSON.stringify(content, null, 2)}\n`)
    return new FolderStore(folder, everySeconds)
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
    await removeCheckpoint(this.checkpoint(result).path)
  }

  checkpoint({ key }: Pick<Trial, 'key'>): CheckpointOptions {
    return { path: join(this.folder, 'running', `${key}.checkpoint`), everySeconds: this.everySeconds }
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
  const others = names.filter((name) => !['trials', 'running'].includes(name) && !name.startsWith('.'))
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
