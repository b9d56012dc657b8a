import { native } from '../addon/native.mjs'
import { groupError, numberError, tensorError } from './compare.mjs'

/** @typedef {import('#psilon/core/native.js').NativeData} NativeData */
/** @typedef {import('../addon/types.js').NativeObjective} NativeObjective */

const arrayOf = { float32: Float32Array, float64: Float64Array }

function networkOf(golden, dtype) {
  const { config, params } = golden
  const network = new native.Network(
    {
      kind: config.kind,
      inputs: config.inputs,
      hidden: Array(config.depth).fill(config.hidden),
      outputs: config.outputs,
      normalization: config.normalization,
      sharedLength: Array(config.depth).fill(config.sharedLength),
      dtype,
      pruned: false,
    },
    0,
  )
  const parameters = Object.entries(params).map(([name, { shape, data }]) => [
    name,
    { shape, data: arrayOf[dtype].from(data) },
  ])
  network.setParameters(Object.fromEntries(parameters))
  return network
}

/** @returns {[NativeData, NativeObjective]} */
function inputsOf(golden, dtype) {
  const { loss, regularizer, lambda, regWeight } = golden.config
  const [x, y] = [golden.x, golden.y].map(({ data }) => arrayOf[dtype].from(data))
  return [
    { x, y, weights: null, rows: golden.x.shape[0] },
    { loss, regularizer, lambda, regWeight },
  ]
}

/** The error of every quantity of one evaluation. */
function replayEvaluation(golden, dtype, { threads, device, precision }) {
  const { expected } = golden
  const actual = native.evaluate(
    networkOf(golden, dtype),
    ...inputsOf(golden, dtype),
    golden.alpha,
    threads,
    device,
    precision,
  )
  const errors = {}
  for (const [name, value] of Object.entries(expected)) {
    if (Object.keys(value).length === 0 && typeof value === 'object') throw new Error(`${name} expects nothing`)
    if (typeof value === 'number') errors[name] = numberError(actual[name], value)
    else if (name === 'pathNorm')
      for (const bound of Object.keys(value))
        errors[`${name}.${bound}`] = numberError(actual[name][bound], value[bound])
    else if (name === 'outputPathNorms')
      for (const bound of Object.keys(value))
        errors[`${name}.${bound}`] = tensorError(actual[name][bound], value[bound])
    else if ('data' in value) errors[name] = tensorError(actual[name], value)
    else errors[name] = groupError(actual[name], value, { floored: /^grads/.test(name), zeros: name === 'projection' })
  }
  return errors
}

/** How many steps the expected figures and parameters of a training reach. */
export function stepsOf({ history, paramsAfter, ...unknown }) {
  for (const name of Object.keys(unknown)) throw new Error(`a training has no expected ${name}`)
  const lengths = Object.values(history).map(({ data }) => data.length)
  return Math.max(...lengths, ...Object.keys(paramsAfter).map(Number))
}

/**
 * The steps of a golden training: their figures, and the trainer that has come so far.
 *
 * @param {any} golden
 * @param {import('#psilon/words.js').Dtype} dtype
 * @param {{ threads?: number, device?: 'cpu' | 'cuda', precision?: 'float32' | 'tf32' }} run
 */
export function* trainingSteps(golden, dtype, { threads = 2, device = 'cpu', precision = 'float32' } = {}) {
  const { expected, training } = golden
  const trainer = new native.Trainer(
    networkOf(golden, dtype),
    ...inputsOf(golden, dtype),
    'none',
    threads,
    device,
    precision,
  )
  for (let step = 1; step <= stepsOf(expected); step++) {
    const epoch = Math.floor((step - 1) / training.stepsPerEpoch)
    const { learningRate, beta1 } = native.schedule('one-cycle', epoch, training.epochs, training.maxLr)
    const alpha = native.pruningBlend(step, 0, training.pruneSteps)
    yield { step, figures: { ...trainer.step(learningRate, beta1, alpha), lr: learningRate, beta1, alpha }, trainer }
  }
}

/** The error of every figure of the steps, and of the parameters after some of them. */
function replayTraining(golden, dtype, run) {
  const { expected } = golden
  const errors = {}
  const record = (name, error) => {
    errors[name] = Math.max(errors[name] ?? 0, error)
  }
  for (const { step, figures, trainer } of trainingSteps(golden, dtype, run)) {
    for (const [name, { data }] of Object.entries(expected.history))
      if (step <= data.length) record(`history.${name}`, numberError(figures[name], data[step - 1]))
    const after = expected.paramsAfter[step]
    if (after === undefined) continue
    const floored = run.precision === 'tf32' // as for gradients, which a step has made of any size
    record('paramsAfter', groupError(trainer.parameters(), after, { floored }))
  }
  return errors
}

/**
 * The error of every expected quantity of one golden file, computed by the core; infinity for one that the core does not
 * know.
 */
export function replay(golden, dtype, { threads = 2, device = 'cpu', precision = 'float32' } = {}) {
  const errors =
    golden.training === undefined
      ? replayEvaluation(golden, dtype, { threads, device, precision })
      : replayTraining(golden, dtype, { threads, device, precision })
  if (Object.keys(errors).length === 0) throw new Error('nothing is expected')
  for (const name of Object.keys(errors)) if (Number.isNaN(errors[name])) errors[name] = Number.POSITIVE_INFINITY
  return errors
}
