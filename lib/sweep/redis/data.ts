import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { sum } from 'd3-array'
import { Refusal } from '../../errors/refusal.js'
import { writeFile } from '../../io/write-file.js'
import { sha256 } from '../canonical.js'
import type { SweepData } from '../data.js'
import type { Link } from './connection.js'
import { keptFor } from './queue.js'
import type { Tell } from './tell.js'

/** The data of a sweep, packed; their address is the SHA-256 of the bytes. */
export interface PackedData {
  address: string
  bytes: Uint8Array
}

/** Bytes of a field: Redis takes no field of more than 512 MiB, and answers nobody else while it takes one. */
const pieceSize = 4 * 2 ** 20

export async function pack({ classes, ...data }: SweepData): Promise<PackedData> {
  const text = JSON.stringify({ ...data, classes: classes && [...classes] })
  const bytes = await promisify(gzip)(text)
  return { address: sha256(bytes), bytes }
}

async function unpack(bytes: Uint8Array): Promise<SweepData> {
  const { classes, ...data } = JSON.parse((await promisify(gunzip)(bytes)).toString('utf8'))
  return { ...data, classes: classes && Uint32Array.from(classes) }
}

/** Stores data that are not there, a field for each piece, and the number of pieces once all are there. */
export async function upload({ redis }: Link, key: string, { bytes }: PackedData): Promise<void> {
  if ((await redis.expire(key, keptFor)) === 1 && (await redis.hexists(key, 'pieces')) === 1) return
  const pieces = Math.ceil(bytes.length / pieceSize)
  for (let k = 0; k < pieces; k++) {
    await redis.hset(key, String(k), Buffer.from(bytes.subarray(k * pieceSize, (k + 1) * pieceSize)))
  }
  await redis.hset(key, 'pieces', pieces)
  await redis.expire(key, keptFor)
}

async function download({ redis }: Link, key: string): Promise<Uint8Array> {
  const pieces = Number(await redis.hget(key, 'pieces'))
  const parts: Buffer[] = []
  for (let k = 0; k < pieces; k++) parts.push((await redis.hgetBuffer(key, String(k))) ?? Buffer.alloc(0))
  return Buffer.concat(parts)
}

/** Most bytes of a worker's folder; those that were not used for the longest time go first. */
const mostBytes = 4 * 2 ** 30

/** Data that a worker has: in memory, in a folder, or still in Redis. They are used only if their SHA-256 is their address. */
export class DataCache {
  /** The latest of all. */
  #latest: { address: string; data: Promise<SweepData> } | null = null

  constructor(
    private readonly link: Link,
    private readonly folder: string,
    private readonly tell: Tell,
    private readonly most = mostBytes,
  ) {}

  /** @param key of the data in Redis. @throws Refusal ERR_REDIS if they are not there, or damaged. */
  get(address: string, key: string): Promise<SweepData> {
    if (this.#latest?.address !== address) {
      const data = this.#find(address, key).then(unpack)
      this.#latest = { address, data }
      data.catch(() => {
        if (this.#latest?.data === data) this.#latest = null
      })
    }
    return this.#latest.data
  }

  async #find(address: string, key: string): Promise<Uint8Array> {
    const path = join(this.folder, `${address}${ending}`)
    const cached = await readFile(path).catch(() => null)
    if (cached !== null && sha256(cached) === address) {
      await utimes(path, new Date(), new Date()).catch(() => {}) // it was used now
      return cached
    }
    if (cached !== null) this.tell(`${path} is damaged; its data are fetched again`)
    const bytes = await download(this.link, key)
    if (sha256(bytes) !== address) {
      await this.link.redis.del(key) // its sweep stores them again
      const what = bytes.length === 0 ? 'are not in Redis' : 'are damaged in Redis'
      throw new Refusal('ERR_REDIS', `the data of a sweep ${what}; its command stores them again while it runs`)
    }
    await this.#keep(path, bytes)
    return bytes
  }

  async #keep(path: string, bytes: Uint8Array): Promise<void> {
    try {
      await rm(path, { force: true })
      await mkdir(this.folder, { recursive: true })
      await writeFile(path, [bytes])
      await this.#makeRoom(path)
    } catch (error) {
      this.tell(`data are not kept for the next start: ${(error as Error).message}`)
    }
  }

  /** Other workers may use the folder too; what they miss they fetch again. */
  async #makeRoom(latest: string): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => isData.test(name))
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.folder, name)
        const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0 }))
        return { path, size, used: path === latest ? Number.POSITIVE_INFINITY : mtimeMs }
      }),
    )
    let bytes = sum(files, ({ size }) => size)
    for (const { path, size, used } of files.sort((a, b) => a.used - b.used)) {
      if (bytes <= this.most || used === Number.POSITIVE_INFINITY) return
      await rm(path, { force: true })
      bytes -= size
    }
  }
}

const ending = '.json.gz'
const isData = /^[0-9a-f]{64}\.json\.gz$/
