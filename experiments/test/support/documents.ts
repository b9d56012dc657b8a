import {
  deepModels,
  type Model,
  type NetworkSetting,
  type TabularModel,
  tabularModels,
} from '../../dist/cells/cells.js'
import type { DeepDocument, Figure1Document, PruningDocument, TabularDocument } from '../../dist/documents/document.js'
import { networkSetting, published } from '../../dist/studies/protocol.js'
import { someResult } from './tables.js'

const options = { seeds: 2, trainRows: 2000, hidden: 500, epochs: 1000 }
const figure = (mean: number, spread: number | null = null) => ({ mean, spread })

/** A made-up score that is least in the middle of the lambdas and grows to both sides. */
const scoreAt = (best: number, lambda: number, middle: number) => best * (1 + 0.08 * Math.log10(lambda / middle) ** 2)

function fit(set: string, model: Model, seed: number, setting: NetworkSetting, score: number | null) {
  const given = score === null ? null : { validation: score, test: 1.02 * score }
  const result = someResult(given, { pathNorm: 1 / setting.lambda, device: 'cpu (avx2)' })
  return { set, fingerprint: 'f', model, seed, setting, result }
}

const networks = ['psilon', 'standard', 'mlp'] as const

function tabularSet(set: string, best: number) {
  const cells = networks.flatMap((model, k) =>
    [1, 2].flatMap((seed) =>
      published.lambdas.map((lambda) => {
        const score = model === 'mlp' && lambda === 0.5 ? null : scoreAt(best + 0.01 * k + 0.002 * seed, lambda, 1e-3)
        return fit(set, model, seed, networkSetting(model, lambda, options), score)
      }),
    ),
  )
  const chosen = (model: TabularModel) => {
    const kind = networks.find((each) => each === model)
    return [1, 2].map((seed) => ({
      seed,
      setting: kind === undefined ? ({ kind: 'linear', penalty: 1 } as const) : networkSetting(kind, 1e-3, options),
    }))
  }
  const models = tabularModels.map((model, k) => ({
    ...{ model, chosen: chosen(model), rank: k + 1, reference: k === 0 ? best : null },
    ...{ validation: figure(best), test: figure(best * (1 + 0.3 * k), 0.01), train: figure(0.1) },
    ...{ nearSparsity: figure(0.5), pathNorm: figure(12), pruned: null, seconds: figure(40) },
  }))
  const rows = { train: 2000, test: 3000, validation: 3000 }
  return { cells, summary: { set, task: 'regression' as const, inputs: 21, rows, models } }
}

/** A made-up whole run of two seeds on tables of these names. */
export function tabularDocument(names: readonly string[] = ['one', 'two']): TabularDocument {
  const all = names.map((name, k) => tabularSet(name, 0.4 + k))
  return {
    ...{ command: 'reproduce tabular', version: '0.1.0', quick: false, options, threads: 2 },
    skipped: [{ set: 'three', reason: 'its target has 3 classes, expected numbers or two classes' }],
    ...{ size: { cells: 999, work: 1e6 }, sets: all.map(({ summary }) => summary) },
    averageRanks: tabularModels.map((model, k) => ({ model, rank: k + 1.25 })),
    cells: all.flatMap(({ cells }) => cells),
  }
}

const deepSetting = (lambda: number): NetworkSetting => ({
  ...networkSetting('psilon', lambda, options),
  ...{ architecture: 'resnet', regularizer: 'path-improved', depth: 10 },
})

/** A made-up whole run of the seven variants. */
export function deepDocument(lambdas: readonly number[] = [1e-5, 1e-4, 1e-3]): DeepDocument {
  const cells = deepModels.flatMap((model, k) =>
    lambdas.map((lambda) => fit('fashion-mnist', model, 1, deepSetting(lambda), scoreAt(0.4 + 0.02 * k, lambda, 1e-4))),
  )
  const variants = deepModels.map((model, k) => ({
    ...{ model, lambdas: [lambdas[lambdas.length >> 1]], testAccuracy: figure(0.9 - 0.05 * k) },
    ...{ testCrossEntropy: figure(0.4), validationCrossEntropy: figure(0.4), nearSparsity: figure(0.4 + 0.05 * k) },
    pathNorm: { original: figure(10 ** k), improved: figure(10 + k), tight: figure(10) },
    ...{ seconds: figure(100), fits: lambdas.length, diverged: 0 },
  }))
  const given = { seeds: 1, trainImages: 10_000, validationImages: 20_000, hidden: 500, depth: 10, epochs: 400 }
  return {
    ...{ command: 'reproduce deep', version: '0.1.0', quick: false, options: { ...given, variants: [...deepModels] } },
    ...{ threads: 2, size: { cells: cells.length, work: 1e5 }, variants, cells },
  }
}

/** A made-up run on one table. */
export function pruningDocument(): PruningDocument {
  const pruned = (['default', 'published', 'magnitude'] as const).flatMap((method, k) =>
    [0.5, 0.9, 0.98].map((target) => ({
      ...{
        method,
        target,
        zeros: figure(target + 0.01),
        test: figure(0.4 * (1 + k * target ** 9)),
        pathNorm: figure(9),
      },
    })),
  )
  const dense = { test: figure(0.4), pathNorm: figure(10), nearSparsity: figure(0.6) }
  return {
    ...{ command: 'reproduce pruning', version: '0.1.0', options: { ...options, sparsities: [0.5, 0.9, 0.98] } },
    ...{ skipped: [], threads: 2, size: { cells: 13, work: 1e4 }, cells: [] },
    sets: [{ set: 'one', task: 'binary', inputs: 10, lambdas: [1e-3], reachable: 0.99, dense, pruned }],
  }
}

/** A made-up run on one table, whose name is markup. */
export function figure1Document(): Figure1Document {
  const curves = (['psilon', 'standard'] as const).flatMap((model) =>
    [1e-4, 2.5e-4, 5e-4, 1e-3, 1.7e-2].map((lambda) => {
      const points = Array.from({ length: 100 }, (_, k) => ({
        steps: 50 * (k + 1),
        validation: 0.3 + lambda + 1 / (k + 2),
      }))
      const none = { scores: null, pathNorm: null, nearSparsity: null }
      return { set: '<b>one</b>', model, lambda, seed: 1, ...none, points, last: points[99], lowest: points[99] }
    }),
  )
  return {
    ...{ command: 'reproduce figure1', version: '0.1.0', options: { ...options, seeds: 1 }, skipped: [], threads: 2 },
    ...{ size: { cells: 10, work: 1e4 }, curves },
  }
}
