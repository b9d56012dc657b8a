import type { Bound } from 'psilon'
import { array, flag, number, object, oneOf, orNull, type Reader, text } from '../documents/shape.js'
import {
  type CellResult,
  deepModels,
  type ForestSetting,
  type LinearSetting,
  type Model,
  type NetworkSetting,
  type PruneSetting,
  pruningMethods,
  type Scores,
  type Setting,
  tabularModels,
} from './cells.js'
import type { Fit } from './results.js'

const networkSetting = object<NetworkSetting>({
  kind: oneOf('network'),
  architecture: oneOf('mlp', 'resnet'),
  hidden: number,
  depth: number,
  normalization: oneOf('l1', 'l2', 'none'),
  sharedLength: flag,
  regularizer: oneOf('path', 'path-improved', 'l2', 'none'),
  projection: oneOf('none', 'every-step'),
  lambda: number,
  epochs: number,
  batchSize: number,
  learningRate: number,
  prune: orNull(object<PruneSetting>({ method: oneOf(...pruningMethods), sparsity: orNull(number) })),
  curve: orNull(number),
})

const settings = {
  network: networkSetting,
  linear: object<LinearSetting>({ kind: oneOf('linear'), penalty: number }),
  forest: object<ForestSetting>({ kind: oneOf('forest'), trees: number, leaf: number }),
}

export const readSetting: Reader<Setting> = (value, path) => {
  const { kind } = object<{ kind: keyof typeof settings }>({ kind: oneOf('network', 'linear', 'forest') })(value, path)
  return settings[kind](value, path)
}

const model: Reader<Model> = oneOf(...new Set([...tabularModels, ...deepModels]))

export const readScores = object<Scores>({ train: number, validation: number, test: number })

const given = object<CellResult>({
  scores: orNull(readScores),
  accuracy: orNull(readScores),
  failure: orNull(text),
  pathNorm: orNull(number),
  bounds: orNull(object<Record<Bound, number>>({ original: number, improved: number, tight: number })),
  nearSparsity: orNull(number),
  exactSparsity: orNull(number),
  curve: orNull(array(object<{ steps: number; validation: number }>({ steps: number, validation: number }))),
  seconds: number,
  device: orNull(text),
})

/** There are scores, or there is a reason why not. */
export const readResult: Reader<CellResult> = (value, path) => {
  const result = given(value, path)
  if (result.scores === null) text(result.failure, `${path}.failure`)
  else oneOf(null)(result.failure, `${path}.failure`)
  return result
}

export const readFit = object<Fit>({
  set: text,
  fingerprint: text,
  model,
  seed: orNull(number),
  setting: readSetting,
  result: readResult,
})
