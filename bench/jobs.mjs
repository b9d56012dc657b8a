/**
 * @typedef {object} Job What is trained, and how.
 * @property {string} name
 * @property {'mlp' | 'resnet'} kind
 * @property {number} batch
 * @property {number} inputs
 * @property {number} hidden
 * @property {number} depth
 * @property {number} outputs
 * @property {'mse' | 'softmax'} loss
 * @property {number} lambda
 * @property {number} learningRate
 * @property {number} epochBatches batches in an epoch of the paper's experiments (docs/method.md, section 11)
 */

/** @type {Job} */
export const tabular = {
  ...{ name: 'tabular', kind: 'mlp', batch: 400, inputs: 12, hidden: 500, depth: 3, outputs: 1 },
  ...{ loss: 'mse', lambda: 1e-3, learningRate: 1e-3, epochBatches: 5 },
}

/** @type {Job} */
export const deep = {
  ...{ name: 'deep', kind: 'resnet', batch: 200, inputs: 784, hidden: 500, depth: 10, outputs: 10 },
  ...{ loss: 'softmax', lambda: 2.5e-4, learningRate: 1e-3, epochBatches: 50 },
}

export const jobs = [tabular, deep]

/** @type {Job} */
export const small = {
  ...{ name: 'small', kind: 'mlp', batch: 64, inputs: 12, hidden: 64, depth: 3, outputs: 1 },
  ...{ loss: 'mse', lambda: 1e-3, learningRate: 4e-3, epochBatches: 32 },
}

/** The small job with other sizes. @type {Job[]} */
export const smallNeighbours = [
  { batch: 32 },
  { batch: 128 },
  { batch: 256 },
  { hidden: 32 },
  { hidden: 128 },
  { hidden: 128, batch: 128 },
  { inputs: 2 },
  { inputs: 100 },
  { outputs: 10 },
  { kind: /** @type {const} */ ('resnet') },
].map((other) => ({ ...small, ...other, name: `small, ${Object.entries(other).map(nameOf).join(', ')}` }))

function nameOf([what, value]) {
  if (what === 'kind') return value
  return `${{ batch: 'batches of', hidden: 'units', inputs: 'inputs', outputs: 'outputs' }[what]} ${value}`
}

/** The same with little to do. @type {Job[]} */
export const smallJobs = jobs.map((job) => ({ ...job, batch: 20, hidden: 32, depth: 3 }))

/** [out, in] of all matrices; layers 1 .. depth of a resnet have two each. @param {Job} job */
export function matrices({ kind, inputs, hidden, depth, outputs }) {
  const widths = [inputs, ...Array(depth).fill(hidden), outputs]
  return widths.slice(1).flatMap((out, k) => Array(kind === 'resnet' && k > 0 ? 2 : 1).fill([out, widths[k]]))
}

/** Work of one step (docs/performance.md): three products with each matrix, but no dx of layer 0. @param {Job} job */
export function stepFlop(job) {
  const weights = matrices(job).reduce((sum, [out, inputs]) => sum + out * inputs, 0)
  return 6 * job.batch * weights - 2 * job.batch * job.inputs * job.hidden
}

/** Work of a prediction of one row. @param {Job} job */
export function rowFlop(job) {
  return matrices(job).reduce((sum, [out, inputs]) => sum + 2 * out * inputs, 0)
}
