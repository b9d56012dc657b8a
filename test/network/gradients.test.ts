import t from 'tap'
import type { Loss, Normalization, Regularizer } from '#psilon/words.js'
import { native } from '../addon/native.mjs'
import { configOf, drawData, drawNetwork, objective, type Shape } from '../support/core.js'
import { checkGradients } from '../support/gradcheck.js'

const losses: Loss[] = ['mse', 'bce', 'softmax']
const regularizers: Regularizer[] = ['path', 'path-improved', 'l2', 'none']
const weights: { normalization: Normalization; shared: boolean; alphas: number[] }[] = [
  { normalization: 'l1', shared: true, alphas: [0, 0.3, 1] },
  { normalization: 'l1', shared: false, alphas: [0, 0.3, 1] },
  { normalization: 'l2', shared: true, alphas: [0, 0.3, 1] },
  { normalization: 'l2', shared: false, alphas: [0, 0.3, 1] },
  { normalization: 'none', shared: false, alphas: [0] },
]

for (const kind of ['mlp', 'resnet'] as const) {
  for (const { normalization, shared, alphas } of weights) {
    t.test(`every gradient of a ${kind}, ${normalization}, ${shared ? 'shared' : 'row'} lengths`, async (t) => {
      const shape: Shape = { kind, normalization, sharedLength: [shared, shared] }
      for (const regularizer of regularizers)
        for (const loss of losses)
          for (const alpha of alphas) {
            const network = drawNetwork(shape, 7)
            const goal = { ...objective, loss, regularizer }
            const { checked, kinks, wrong } = checkGradients(network, drawData(configOf(shape), loss), goal, alpha)
            t.strictSame(wrong, [], `${regularizer}, ${loss}, alpha ${alpha}`)
            t.ok(checked > 9 * kinks, `${checked} derivatives checked, ${kinks} at kinks`)
          }
    })
  }
}

t.test('sample weights scale the gradient of each row', async (t) => {
  const shape: Shape = { kind: 'resnet' }
  for (const loss of losses) {
    const data = { ...drawData(configOf(shape), loss), weights: Float64Array.of(0, 0.5, 1, 1.5, 2) }
    const { wrong } = checkGradients(drawNetwork(shape), data, { ...objective, loss }, 0)
    t.strictSame(wrong, [], loss)
  }
})

t.test('the gradient of the objective is the blend of the two', async (t) => {
  const shape: Shape = { kind: 'mlp', normalization: 'l2' }
  const goal = { ...objective, lambda: 0.25, regWeight: 0.3 }
  const e = native.evaluate(drawNetwork(shape), drawData(configOf(shape), 'mse'), goal, 0, 1)
  for (const [name, { data }] of Object.entries(e.grads))
    for (let i = 0; i < data.length; i++) {
      const [loss, reg] = [e.gradsLoss[name]?.data[i] as number, e.gradsReg[name]?.data[i] as number]
      t.ok(Math.abs((data[i] as number) - (0.7 * loss + 0.3 * 0.25 * reg)) < 1e-12)
    }
  t.ok(Math.abs(e.objective - (0.7 * e.loss + 0.3 * 0.25 * e.reg)) < 1e-12)
})
