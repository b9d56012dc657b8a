import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { PsilonError } from 'psilon'
import { fileError } from '../files.js'
import { type DataSet, fingerprintOf, type Rows } from './data-sets.js'

const operation = 'reproduce'
const classes = 10

/** The four files of Fashion-MNIST. */
const files = {
  images: 'train-images-idx3-ubyte.gz',
  labels: 'train-labels-idx1-ubyte.gz',
  testImages: 't10k-images-idx3-ubyte.gz',
  testLabels: 't10k-labels-idx1-ubyte.gz',
}

/** Where Debian's package dataset-fashion-mnist puts them. */
export const packagedImages = '/usr/share/datasets/fashion-mnist'

/**
 * Fashion-MNIST, pixels in [-1, 1]: of the training images the first train, the next ones validate; all test images
 * test.
 *
 * @throws PsilonError ERR_FILE with how to get the files where they are not in the folder, and for damaged ones.
 */
export async function readImages(folder: string, wanted: { train: number; validation: number }): Promise<DataSet> {
  const [images, labels] = [await read(folder, files.images, 3), await read(folder, files.labels, 1)]
  const [testImages, testLabels] = [await read(folder, files.testImages, 3), await read(folder, files.testLabels, 1)]
  const count = images.shape[0]
  const { train, validation } = wanted
  if (train + validation > count) {
    const message = `${train} training and ${validation} validation images are wanted, ${folder} has ${count}`
    throw new PsilonError('ERR_OPTION', `[${operation}] ${message}`)
  }
  const parts = {
    train: rowsOf(images, labels, 0, train),
    validation: rowsOf(images, labels, train, train + validation),
    test: rowsOf(testImages, testLabels, 0, testImages.shape[0]),
  }
  const inputs = pixelsOf(images)
  const fingerprint = fingerprintOf(Object.values(parts))
  return { name: 'fashion-mnist', task: 'classes', inputs, outputs: classes, ...parts, fingerprint }
}

interface Idx {
  path: string
  shape: number[]
  /** Row-major. */
  bytes: Uint8Array
}

/**
 * The IDX format: two zeros, 8 for bytes, the number of dimensions, each dimension as four bytes, most significant first,
 * the numbers.
 */
async function read(folder: string, name: string, dimensions: number): Promise<Idx> {
  const path = join(folder, name)
  const packed = await readFile(path).catch((cause) => {
    const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw absent ? notThere(folder, name) : fileError(operation, 'read', path, cause)
  })
  const file = await promisify(gunzip)(packed).catch(() => damaged(path, 'cannot be unpacked'))
  const begin = 4 + 4 * dimensions
  if (file.length < begin || file.readUInt32BE(0) !== 0x800 + dimensions) {
    return damaged(path, `is no IDX file of bytes in ${dimensions} dimensions`)
  }
  const shape = Array.from({ length: dimensions }, (_, k) => file.readUInt32BE(4 + 4 * k))
  const size = shape.reduce((product, length) => product * length, 1)
  if (size === 0 || file.length !== begin + size) {
    return damaged(path, `has ${file.length - begin} bytes of data, expected ${shape.join(' x ')}`)
  }
  return { path, shape, bytes: file.subarray(begin) }
}

function notThere(folder: string, name: string): PsilonError {
  const how = "install Debian's package dataset-fashion-mnist, or download its four .gz files and name their folder"
  return new PsilonError('ERR_FILE', `[${operation}] Fashion-MNIST is not in ${folder}: no ${name}; ${how} with --data`)
}

function damaged(path: string, what: string): never {
  throw new PsilonError('ERR_FILE', `[${operation}] ${path} ${what}`)
}

const pixelsOf = ({ shape }: Idx): number => shape[1] * shape[2]

function rowsOf(images: Idx, labels: Idx, from: number, to: number): Rows {
  if (labels.shape[0] !== images.shape[0]) {
    damaged(labels.path, `has ${labels.shape[0]} labels, expected ${images.shape[0]}, one for each image`)
  }
  const wrong = labels.bytes.find((label) => label >= classes)
  if (wrong !== undefined) damaged(labels.path, `has the label ${wrong}, expected 0 to ${classes - 1}`)
  const pixels = pixelsOf(images)
  const data = Float32Array.from(images.bytes.subarray(from * pixels, to * pixels), (pixel) => pixel / 127.5 - 1)
  return { x: { data, shape: [to - from, pixels] }, y: Float64Array.from(labels.bytes.subarray(from, to)) }
}
