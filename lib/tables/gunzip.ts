import { setImmediate } from 'node:timers/promises'
import { crc32, createInflateRaw } from 'node:zlib'

/**
 * The bytes of all members of a gzip file (RFC 1952). Anything after the last member is ignored, as gzip does; Node's
 * own stream refuses it unless it is zero.
 *
 * Throws an Error with the reason if the file is truncated or damaged.
 */
export async function* gunzip(input: Input): AsyncGenerator<Uint8Array> {
  do {
    await skipHeader(input)
    let [sum, length] = [0, 0]
    for await (const bytes of inflated(input)) {
      sum = crc32(bytes, sum)
      length = (length + bytes.length) % 2 ** 32
      yield bytes
    }
    const trailer = await input.take(8)
    if (trailer.readUInt32LE(0) !== sum) throw new Error('incorrect data check')
    if (trailer.readUInt32LE(4) !== length) throw new Error('incorrect length check')
  } while (await input.beginsWith(0x1f, 0x8b))
}

const flag = { headerSum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 }

async function skipHeader(input: Input): Promise<void> {
  const [first, second, method, flags] = await input.take(10)
  if (first !== 0x1f || second !== 0x8b) throw new Error('incorrect header check')
  if (method !== 8) throw new Error('unknown compression method')
  if (flags & flag.reserved) throw new Error('unknown header flags set')
  if (flags & flag.extra) await input.take((await input.take(2)).readUInt16LE())
  for (const text of [flag.name, flag.comment]) {
    if (flags & text) while ((await input.take(1))[0] !== 0) {}
  }
  if (flags & flag.headerSum) await input.take(2)
}

/** Bytes per call of zlib: its output is at most a thousand times as long, and waits in memory. */
const step = 16_384

async function* inflated(input: Input): AsyncGenerator<Uint8Array> {
  const engine = createInflateRaw()
  const out: Uint8Array[] = []
  engine.on('data', (bytes: Uint8Array) => out.push(bytes))
  const failed = new Promise<never>((_, reject) => engine.on('error', reject))
  failed.catch(() => {})
  try {
    for (let more = true; more; ) {
      const bytes = await input.peek(step)
      const before = engine.bytesWritten
      await Promise.race([failed, new Promise((written) => engine.write(bytes, written))])
      await setImmediate() // until all output is there
      const used = await input.take(engine.bytesWritten - before)
      more = used.length === bytes.length
      yield* out.splice(0)
    }
  } finally {
    engine.destroy()
  }
}

/** Input that is read as needed. */
export class Input {
  readonly #source: AsyncIterator<Uint8Array>
  #held: Buffer = Buffer.alloc(0)
  /** Bytes that came from the source. */
  size = 0

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  async take(count: number): Promise<Buffer> {
    if (!(await this.#hold(count))) throw new Error('unexpected end of file')
    const taken = this.#held.subarray(0, count)
    this.#held = this.#held.subarray(count)
    return taken
  }

  /** What comes next: at least one byte, at most `most`. */
  async peek(most: number): Promise<Buffer> {
    if (!(await this.#hold(1))) throw new Error('unexpected end of file')
    return this.#held.subarray(0, most)
  }

  async beginsWith(...bytes: number[]): Promise<boolean> {
    await this.#hold(bytes.length)
    return bytes.every((byte, k) => this.#held[k] === byte)
  }

  async *rest(): AsyncGenerator<Uint8Array> {
    while (await this.#hold(1)) yield await this.take(this.#held.length)
  }

  /** Whether there are so many bytes, which are then held. */
  async #hold(count: number): Promise<boolean> {
    while (this.#held.length < count) {
      const next = await this.#source.next()
      if (next.done) return false
      this.size += next.value.length
      this.#held = Buffer.concat([this.#held, next.value])
    }
    return true
  }
}
