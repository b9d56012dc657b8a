import type { Epoch } from '#psilon/core/native.js'
import type { RunRecord } from '#psilon/report/record.js'

/** A made-up run of 40 epochs that searched, pruned, and was stopped early. */
export function someRecord(): RunRecord {
  return {
    version: '0.1.0',
    model: { file: 'm.safetensors', sha256: '00' },
    table: { file: 'houses.csv', rows: 120, dropped: ['unit'], ignored: ['id'], missing: { age: 3 } },
    rows: { train: 80, test: 20, validation: 20 },
    split: 'in file order',
    lambda: 1e-3,
    search: [1e-4, 1e-3, 1e-2].map((lambda, k) => ({
      lambda,
      score: 1 + (k - 1) ** 2,
      standardError: 0.01,
      pathNorm: 10 ** (2 - k),
    })),
    stopped: 'early-stopping',
    epoch: 35,
    seconds: 1.5,
    device: { name: 'cpu', reason: 'it was asked for', threads: 2, instructionSet: 'avx2', precision: 'float32' },
    watched: 'validation rows',
    scores: {
      test: { rows: 20, rmse: 1, mae: 0.8, r2: 0.9, scaledRmse: 0.1, baseline: { rmse: 3, r2: 0 } },
      validation: { rows: 20, rmse: 2, mae: 1, r2: 0.7, scaledRmse: 0.2, baseline: { rmse: 3, r2: 0 } },
    },
    epochs: Array.from({ length: 40 }, (_, i) => someEpoch(i + 1)),
  }
}

function someEpoch(epoch: number): Epoch {
  const pruned = Math.min(1, Math.max(0, (epoch - 20) / 8))
  const watched = epoch % 2 === 0 ? { validationLoss: 3 / epoch + 0.002 * epoch } : {}
  return {
    ...{ epoch, loss: 2 / epoch, objective: 2 / epoch + 0.01, ...watched, learningRate: 2e-3, alpha: pruned },
    ...{ pathNorm: 1 + epoch / 4, nearSparsity: 0.4 + 0.4 * pruned, exactSparsity: 0.7 * pruned, seconds: epoch / 20 },
  }
}
