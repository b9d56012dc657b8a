// Where sparse kernels beat dense products: prints times of both by density and rows, float32, one thread.
// node scripts/measure-sparse.mjs     PSILON_INSTRUCTION_SET=avx2 for another level
import { native } from '../dist/core/native.js'

const shapes = [
  { kind: 'mlp', inputs: 12, depth: 3, outputs: 1 },
  { kind: 'resnet', inputs: 784, depth: 10, outputs: 10 },
]
const densities = [0.02, 0.05, 0.1, 0.2, 0.29, 1]
const rowCounts = [1, 2, 3, 16, 64, 2000]
const milliseconds = 200

function generator(seed) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/**
 * A network with about that share of nonzero weights, and at least one in each row.
 *
 * @param {{ kind: string, inputs: number, depth: number, outputs: number }} shape
 * @param {number} density
 */
function networkOf({ depth, ...shape }, density) {
  const layers = { hidden: Array(depth).fill(500), sharedLength: Array(depth).fill(true) }
  const config = /** @type {any} */ ({ ...shape, ...layers, normalization: 'l1', dtype: 'float32', pruned: false })
  const network = new native.Network(config, 0)
  const parameters = network.parameters()
  const next = generator(7)
  for (const [name, { shape, data }] of Object.entries(parameters)) {
    const cols = shape[1] ?? 1
    if (name.endsWith('.g')) data.fill(0.5)
    else for (let k = 0; k < data.length; k++) data[k] = shape.length === 1 || next() < density ? next() - 0.5 : 0
    if (shape.length === 2) for (let i = 0; i < shape[0]; i++) data[i * cols + (i % cols)] = 0.25
  }
  network.setParameters(parameters)
  return network
}

/** The least time of a call in microseconds. */
function time(call) {
  let least = Infinity
  for (const end = performance.now() + milliseconds; performance.now() < end; ) {
    const start = performance.now()
    call()
    least = Math.min(least, performance.now() - start)
  }
  return least * 1000
}

console.log(`${native.devices()[0].description}: microseconds for 1 prediction of so many rows`)
for (const shape of shapes) {
  console.log([shape.kind.padEnd(12), ...rowCounts.map((rows) => String(rows).padStart(9))].join(''))
  for (const density of densities) {
    const network = networkOf(shape, density)
    const cells = rowCounts.map((rows) => {
      const x = Float32Array.from({ length: rows * shape.inputs }, generator(3)).map((value) => value - 0.5)
      const outputs = new Float32Array(rows * network.config().outputs)
      return time(() => network.predictSync(x, rows, 1, outputs))
        .toFixed(1)
        .padStart(9)
    })
    const way = network.sparsity().sparseKernels ? `sparse ${density}` : 'dense'
    console.log([way.padEnd(12), ...cells].join(''))
  }
}
