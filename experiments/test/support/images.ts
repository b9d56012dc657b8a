import { gzipSync } from 'node:zlib'

/** An IDX file of bytes, packed. */
export function idx(shape: number[], byteAt: (k: number) => number): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.writeUInt32BE(0x800 + shape.length)
  for (const [k, length] of shape.entries()) header.writeUInt32BE(length, 4 + 4 * k)
  const size = shape.reduce((product, length) => product * length, 1)
  return gzipSync(Buffer.concat([header, Buffer.from(Array.from({ length: size }, (_, k) => byteAt(k)))]))
}

/** The files of Fashion-MNIST with images of 3 x 4 pixels, on which the pixel of the class is white. */
export function someImages({ train = 100, test = 40 } = {}): Record<string, Buffer> {
  const label = (i: number) => (7 * i) % 10
  const pixel = (k: number) => (k % 12 === label(Math.floor(k / 12)) ? 255 : k % 3)
  const files = (name: string, count: number) => ({
    [`${name}-images-idx3-ubyte.gz`]: idx([count, 3, 4], pixel),
    [`${name}-labels-idx1-ubyte.gz`]: idx([count], label),
  })
  return { ...files('train', train), ...files('t10k', test) }
}
