import t from 'tap'
import { readImages } from '../dist/data/images.js'
import { idx, someImages } from './support/images.js'
import { refusal } from './support/refusal.js'

const wanted = { train: 60, validation: 30 }

t.test('the first images train, the next validate, the others test; pixels are within [-1, 1]', async (t) => {
  const { task, inputs, outputs, train, validation, test } = await readImages(t.testdir(someImages()), wanted)
  t.strictSame({ task, inputs, outputs }, { task: 'classes', inputs: 12, outputs: 10 })
  t.strictSame(
    [train, validation, test].map(({ x }) => x.shape),
    [
      [60, 12],
      [30, 12],
      [40, 12],
    ],
  )
  t.strictSame([...train.y.subarray(0, 4)], [0, 7, 4, 1])
  t.equal(validation.y[0], (7 * 60) % 10)
  t.strictSame([...train.x.data.subarray(0, 3)], [1, 1 / 127.5 - 1, 2 / 127.5 - 1].map(Math.fround))
  t.equal(validation.x.data[(7 * 60) % 10], 1, 'the white pixel of image 60')
})

t.test('other images are another set', async (t) => {
  const folder = t.testdir(someImages())
  const { fingerprint } = await readImages(folder, wanted)
  t.equal((await readImages(folder, wanted)).fingerprint, fingerprint)
  t.not((await readImages(folder, { train: 61, validation: 30 })).fingerprint, fingerprint)
})

t.test('what is not there or damaged is refused by name', async (t) => {
  const images = someImages()
  const name = 'train-images-idx3-ubyte.gz'
  const labels = 't10k-labels-idx1-ubyte.gz'
  const cases: [files: Record<string, Buffer>, code: string, message: RegExp][] = [
    [
      {},
      'ERR_FILE',
      /^\[reproduce\] Fashion-MNIST is not in .*: no train-images-idx3-ubyte\.gz; install Debian's package/,
    ],
    [{ ...images, [name]: Buffer.from('text') }, 'ERR_FILE', /train-images-idx3-ubyte\.gz cannot be unpacked$/],
    [{ ...images, [name]: idx([100], () => 0) }, 'ERR_FILE', /ubyte\.gz is no IDX file of bytes in 3 dimensions$/],
    [{ ...images, [name]: idx([0, 3, 4], () => 0) }, 'ERR_FILE', /has 0 bytes of data, expected 0 x 3 x 4$/],
    [{ ...images, [labels]: idx([39], () => 0) }, 'ERR_FILE', /has 39 labels, expected 40, one for each image$/],
    [{ ...images, [labels]: idx([40], () => 11) }, 'ERR_FILE', /has the label 11, expected 0 to 9$/],
    [someImages({ train: 80 }), 'ERR_OPTION', /60 training and 30 validation images are wanted, .* has 80$/],
  ]
  for (const [k, [files, code, message]] of cases.entries()) {
    const folder = t.testdir({ [String(k)]: files })
    const error = await refusal(readImages(`${folder}/${k}`, wanted))
    t.match(error, { code, message })
  }
})
