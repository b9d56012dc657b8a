import t from 'tap'
import { native } from '../addon/native.mjs'

const near = (a: number, b: number) => Math.abs(a - b) <= 1e-15 + 1e-12 * Math.abs(b)

t.test('one-cycle begins, peaks and ends where it should', async (t) => {
  for (const epochs of [10, 25, 1000]) {
    const at = (epoch: number) => native.schedule('one-cycle', epoch, epochs, 2e-3)
    t.ok(near(at(0).learningRate, 1e-4) && near(at(0).beta1, 0.95))
    const peak = 0.2 * epochs - 1
    if (Number.isInteger(peak)) t.ok(near(at(peak).learningRate, 2e-3) && near(at(peak).beta1, 0.85))
    t.ok(near(at(epochs - 1).learningRate, 1e-7 / 2e-3) && near(at(epochs - 1).beta1, 0.95))
  }
})

t.test('beta1 runs opposite to the learning rate', async (t) => {
  const steps = Array.from({ length: 99 }, (_, e) => [e, e + 1].map((k) => native.schedule('one-cycle', k, 100, 2e-3)))
  for (const [a, b] of steps as [{ learningRate: number; beta1: number }, { learningRate: number; beta1: number }][])
    t.equal(Math.sign(b.learningRate - a.learningRate), -Math.sign(b.beta1 - a.beta1))
})

t.test('runs of a few epochs have a schedule', async (t) => {
  for (let epochs = 1; epochs <= 6; epochs++)
    for (let epoch = 0; epoch < epochs; epoch++) {
      const { learningRate, beta1 } = native.schedule('one-cycle', epoch, epochs, 2e-3)
      t.ok(learningRate > 0 && learningRate <= 2e-3 && beta1 >= 0.85 && beta1 <= 0.95, `epoch ${epoch} of ${epochs}`)
    }
  t.ok(near(native.schedule('one-cycle', 0, 5, 2e-3).learningRate, 2e-3), 'E = 5 begins at the peak')
})

t.test('constant and cosine', async (t) => {
  t.strictSame(native.schedule('constant', 7, 10, 0.5), { learningRate: 0.5, beta1: 0.9 })
  t.strictSame(native.schedule('cosine', 0, 10, 0.5), { learningRate: 0.5, beta1: 0.9 })
  t.ok(near(native.schedule('cosine', 5, 10, 0.5).learningRate, 0.25))
  t.ok(native.schedule('cosine', 9, 10, 0.5).learningRate < 0.02)
})
