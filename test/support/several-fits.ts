import { type FitOfMany, PsilonNet, PsilonResNet } from 'psilon'
import { sliceClasses, smoothTargets, someRows } from './tables.js'

export const x = someRows(60, 3)
export const y = smoothTargets(x)
export const data = { x, y }
const validation = { x: someRows(20, 3, 2), y: smoothTargets(someRows(20, 3, 2)) }
export const options = { epochs: 12, batchSize: 16, learningRate: 0.01 }
/** Of a fit that would go on for hours. */
export const endless = { ...options, epochs: 1_000_000_000 }

/** Fits of different kinds and lengths, each with a fresh network. */
export function several(): FitOfMany[] {
  const mlp = (seed: number, more: object = {}) => new PsilonNet({ inputs: 3, hidden: 8, seed, ...more })
  return [
    { network: mlp(1), data, options },
    { network: mlp(2), data, options: { ...options, epochs: 40, validation, prune: { sparsity: 0.5 } } },
    { network: new PsilonResNet({ inputs: 3, hidden: 6, depth: 2, seed: 3 }), data, options },
    { network: mlp(4, { dtype: 'float64' }), data: { ...data, sampleWeight: y.map(Math.abs) }, options },
    {
      network: mlp(5, { outputs: 3 }),
      data: { x, y: sliceClasses(x, 3) },
      options: { ...options, loss: 'softmax', epochs: 3 },
    },
    {
      network: mlp(6),
      data,
      options: { ...options, epochs: 500, schedule: 'constant', validation, earlyStopping: { patience: 1 } },
    },
    { network: mlp(7), data, options: { ...options, seed: 70 } },
  ]
}
