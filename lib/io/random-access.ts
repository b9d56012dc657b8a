import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { types } from 'node:util'
import { checkString, isObject, show } from '../checks.js'
import { Refusal } from '../errors/refusal.js'
import { fileError, fileName } from './file-error.js'

/** The path of a file, the URL of one, or its bytes. */
export type FileOrBytes = string | URL | Uint8Array | ArrayBuffer

/** Bytes that are read piece by piece. */
export interface RandomAccess {
  /** In messages. */
  readonly name: string
  readonly size: number
  /** Fills `bytes` from a position on. @throws Refusal ERR_MODEL_FILE if the bytes end before. */
  read(bytes: Uint8Array, position: number): Promise<void>
  /** Whether the bytes are still those that were opened. */
  unchanged(): Promise<boolean>
  /**
   * Opens a file of the same folder.
   *
   * @throws Refusal ERR_MODEL_FILE for a name that leads out of the folder, and where there is no folder; ERR_FILE.
   */
  beside(name: string): Promise<RandomAccess>
  close(): Promise<void>
}

/** Systems read less than 2 GiB at once. */
const readStep = 2 ** 28

/** @throws Refusal ERR_FILE if it cannot be opened, ERR_OPTION for anything that is neither a file nor bytes. */
export async function openBytes(source: FileOrBytes): Promise<RandomAccess> {
  if (typeof source === 'string') return await openFile(checkString('path', source))
  if (isUrl(source)) return await openFile(pathOf(source))
  if (types.isUint8Array(source) || types.isAnyArrayBuffer(source)) return bytesInMemory(source)
  const expected = 'expected the path or URL of a file, or its bytes in a Uint8Array or ArrayBuffer'
  throw new Refusal('ERR_OPTION', `got ${show(source)}, ${expected}`)
}

export function isUrl(value: unknown): value is URL {
  try {
    return isObject(value) && typeof value.href === 'string' && typeof value.protocol === 'string'
  } catch {
    return false
  }
}

/** @throws Refusal ERR_OPTION for the URL of something other than a file. */
export function pathOf(url: URL): string {
  try {
    return fileURLToPath(url)
  } catch (cause) {
    throw new Refusal('ERR_OPTION', `${show(url.href)} is not the URL of a file`, { cause })
  }
}

/** A copy: others may change the given bytes meanwhile. */
function bytesInMemory(source: Uint8Array | ArrayBufferLike): RandomAccess {
  const all = Uint8Array.from(types.isUint8Array(source) ? source : new Uint8Array(source))
  const name = 'the model'
  return {
    name,
    size: all.length,
    async read(bytes, position) {
      bytes.set(all.subarray(position, position + bytes.length))
    },
    unchanged: async () => true,
    async beside(other) {
      throw new Refusal('ERR_MODEL_FILE', `needs the file ${show(other)}, and bytes have no folder; give a path`)
    },
    close: async () => {},
  }
}

/** @param flags of `open`, besides those of every file. */
async function openFile(path: string, flags = 0): Promise<RandomAccess> {
  const refuse = (cause: unknown): never => {
    throw fileError('read', path, cause)
  }
  const name = fileName(path)
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags).catch(refuse)
  const before = await file.stat({ bigint: true })
  if (!before.isFile()) {
    await file.close()
    throw new Refusal('ERR_FILE', `${path} is not a regular file`)
  }
  return {
    name,
    size: Number(before.size),
    async read(bytes, position) {
      for (let done = 0; done < bytes.length; ) {
        const length = Math.min(readStep, bytes.length - done)
        const { bytesRead } = await file.read(bytes, done, length, position + done).catch(refuse)
        if (bytesRead === 0) throw new Refusal('ERR_MODEL_FILE', `${name} became shorter while it was read`)
        done += bytesRead
      }
    },
    async unchanged() {
      const after = await file.stat({ bigint: true }).catch(refuse)
      return after.size === before.size && after.mtimeNs === before.mtimeNs
    },
    beside: (other) => openBeside(path, other),
    close: () => file.close(),
  }
}

/** @param name from an untrusted file: neither a path nor a link, which could lead anywhere. */
async function openBeside(path: string, name: string): Promise<RandomAccess> {
  if (name === '' || name !== basename(name)) {
    throw new Refusal('ERR_MODEL_FILE', `needs the file ${show(name)}, expected the name of a file in its own folder`)
  }
  const isLink = (cause: unknown) => (cause as { cause?: NodeJS.ErrnoException }).cause?.code === 'ELOOP'
  return await openFile(join(dirname(path), name), constants.O_NOFOLLOW).catch((cause) => {
    if (!isLink(cause)) throw cause
    throw new Refusal('ERR_MODEL_FILE', `needs the file ${show(name)}, which is a link, expected a file of its own`)
  })
}
