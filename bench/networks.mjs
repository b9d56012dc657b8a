import { PsilonNet, PsilonResNet } from 'psilon'
import { generator, table } from './random.mjs'

/** A network as training finds it. @param {import('./jobs.mjs').Job} job */
export function freshNetwork({ kind, inputs, hidden, depth, outputs }) {
  return new (kind === 'mlp' ? PsilonNet : PsilonResNet)({ inputs, hidden, depth, outputs })
}

/**
 * A network in which every unit and every block does something; the lengths of an mlp multiply to the same path norm at
 * any depth.
 *
 * @param {import('./jobs.mjs').Job} job
 */
export function network(job) {
  const made = freshNetwork(job)
  const next = generator(7)
  const parameters = made.parameters
  for (const [name, { data }] of Object.entries(parameters)) {
    const values = { g: () => (job.kind === 'mlp' ? 1e4 ** (1 / (job.depth + 1)) : 1), b: () => 0.01 * next() }
    const value = values[name.split('.')[2]] ?? next
    for (let k = 0; k < data.length; k++) data[k] = value()
  }
  made.setParameters(parameters)
  return made
}

/**
 * The same with only `density` of the weights of each row, the largest, and at least one. They stand at random places,
 * so compaction finds little to remove: what is seen is the price of weights, not of units.
 */
export function sparseNetwork(job, density, { compact = true } = {}) {
  const made = network(job)
  if (density === 1) return made
  made.prune({ scale: 1 }) // prunes nothing, but from now on zeros stay zeros
  const parameters = made.parameters
  for (const [name, { shape, data }] of Object.entries(parameters)) {
    if (name.split('.')[2].startsWith('v')) thinOut(data, shape[1], Math.max(1, Math.round(density * shape[1])))
  }
  made.setParameters(parameters)
  if (compact) made.compact()
  return made
}

function thinOut(data, columns, kept) {
  for (let from = 0; from < data.length; from += columns) {
    const row = data.subarray(from, from + columns)
    const least = row.map(Math.abs).sort()[columns - kept]
    for (let j = 0; j < columns; j++) if (Math.abs(row[j]) < least) row[j] = 0
  }
}

/** Rows to train on: `batches` batches. @param {import('./jobs.mjs').Job} job */
export function trainingData({ inputs, outputs, loss, batch }, batches) {
  const rows = batch * batches
  const y = loss === 'softmax' ? Uint32Array.from({ length: rows }, (_, i) => i % outputs) : table(rows, outputs, 2)
  return { x: table(rows, inputs), y }
}

/** @param {import('./jobs.mjs').Job} job */
export function fitOptions({ loss, lambda, learningRate, batch }) {
  return { loss, lambda, learningRate, batchSize: batch, schedule: /** @type {const} */ ('constant') }
}
