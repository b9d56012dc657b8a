import type { Bound } from 'psilon'
import { deepModels, pruningMethods, tabularModels } from '../cells/cells.js'
import { readFit, readScores, readSetting } from '../cells/read-cell.js'
import type { Skipped } from '../data/read-data-sets.js'
import type { DeepOptions, DeepSummary } from '../studies/deep.js'
import type { Figure } from '../studies/figure.js'
import type { Curve } from '../studies/figure1.js'
import type { Options } from '../studies/protocol.js'
import type { PrunedFigures, PruningOptions, PruningSummary } from '../studies/pruning.js'
import type { TabularResults } from '../studies/tabular.js'
import type { ModelSummary, SetSummary } from '../studies/tabular-summary.js'
import type { DeepDocument, Figure1Document, PruningDocument, TabularDocument } from './document.js'
import { array, flag, number, object, oneOf, optional, orNull, text } from './shape.js'

const known = object<Figure>({ mean: number, spread: orNull(number) })
const figure = orNull(known)
const task = oneOf('regression' as const, 'binary' as const, 'classes' as const)
const layers = { seeds: number, hidden: number, epochs: number }
const options = object<Options>({ ...layers, trainRows: number })
const skipped = array(object<Skipped>({ set: text, reason: text }))
const tabularModel = oneOf(...tabularModels)
const fits = array(readFit)

const head = {
  ...{
    version: text,
    arguments: optional(array(text)),
    quick: optional(flag),
    skipped: optional(skipped),
    threads: number,
  },
  size: object<{ cells: number; work: number }>({ cells: number, work: number }),
}

const model = object<ModelSummary>({
  ...{ model: tabularModel, rank: number },
  chosen: array(object<ModelSummary['chosen'][number]>({ seed: orNull(number), setting: readSetting })),
  ...{ validation: figure, test: figure, train: figure, nearSparsity: figure, pathNorm: figure, seconds: figure },
  pruned: orNull(object<NonNullable<ModelSummary['pruned']>>({ zeros: known, test: known })),
  reference: orNull(number),
})

const set = object<SetSummary>({
  ...{ set: text, task, inputs: number },
  rows: object<SetSummary['rows']>({ train: number, test: number, validation: number }),
  models: array(model),
})

const point = object<{ steps: number; validation: number }>({ steps: number, validation: number })

const curve = object<Curve>({
  set: text,
  model: oneOf('psilon' as const, 'standard' as const, 'mlp' as const),
  ...{ lambda: number, seed: number },
  ...{ scores: orNull(readScores), pathNorm: orNull(number), nearSparsity: orNull(number) },
  ...{ points: array(point), last: orNull(point), lowest: orNull(point) },
})

const pruned = object<PrunedFigures>({
  ...{ method: oneOf(...pruningMethods), target: orNull(number) },
  ...{ zeros: figure, test: figure, pathNorm: figure },
})

const pruningSet = object<PruningSummary>({
  ...{ set: text, task, inputs: number, lambdas: array(number), reachable: number },
  dense: object<PruningSummary['dense']>({ test: figure, pathNorm: figure, nearSparsity: figure }),
  pruned: array(pruned),
})

const variant = object<DeepSummary>({
  ...{ model: oneOf(...deepModels), lambdas: array(number) },
  ...{ testAccuracy: figure, testCrossEntropy: figure, validationCrossEntropy: figure, nearSparsity: figure },
  pathNorm: object<Record<Bound, Figure | null>>({ original: figure, improved: figure, tight: figure }),
  ...{ seconds: figure, fits: number, diverged: number },
})

const ranks = array(object<TabularResults['averageRanks'][number]>({ model: tabularModel, rank: number }))
const images = { trainImages: number, validationImages: number }

export const documents = {
  'reproduce tabular': object<TabularDocument>({
    ...{ command: oneOf('reproduce tabular' as const), ...head, options },
    ...{ sets: array(set), averageRanks: ranks, cells: fits },
  }),
  'reproduce figure1': object<Figure1Document>({
    ...{ command: oneOf('reproduce figure1' as const), ...head, options, curves: array(curve) },
  }),
  'reproduce pruning': object<PruningDocument>({
    ...{ command: oneOf('reproduce pruning' as const), ...head, sets: array(pruningSet), cells: fits },
    options: object<PruningOptions>({ ...layers, trainRows: number, sparsities: array(number) }),
  }),
  'reproduce deep': object<DeepDocument>({
    ...{ command: oneOf('reproduce deep' as const), ...head, variants: array(variant), cells: fits },
    options: object<DeepOptions>({ ...layers, ...images, depth: number, variants: array(oneOf(...deepModels)) }),
  }),
}
