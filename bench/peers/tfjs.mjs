/** Training steps of a multilayer perceptron without normalisation in TensorFlow.js on WebAssembly. */

import { optional, repeat, serve } from './serve.mjs'

await serve(async () => {
  const tf = await optional('@tensorflow/tfjs')
  await optional('@tensorflow/tfjs-backend-wasm')
  if (!(await tf.setBackend('wasm'))) throw new Error('its WebAssembly backend does not start')
  return { version: tf.version.tfjs, answer: (request) => answer(tf, request) }
})

async function answer(tf, { job, batches, repeats }) {
  const network = perceptron(tf, job)
  const rows = job.batch * batches
  const x = tf.randomNormal([rows, job.inputs])
  const y = tf.randomNormal([rows, job.outputs])
  const adam = tf.train.adam(job.learningRate, 0.9, 0.999)
  const epoch = async () => {
    const order = tf.tensor1d(Int32Array.from(tf.util.createShuffledIndices(rows)), 'int32')
    for (let k = 0; k < batches; k++)
      tf.tidy(() => step(tf, network, adam, batchOf(order, x, y, k * job.batch, job.batch)))
    await network.weights[0].data()
    order.dispose()
  }
  const seconds = await repeat(repeats, epoch)
  tf.dispose([x, y, ...network.weights, ...network.biases])
  return { seconds: seconds.map((each) => each / batches) }
}

function batchOf(order, x, y, from, size) {
  const rows = order.slice(from, size)
  return { x: x.gather(rows), y: y.gather(rows) }
}

function step(tf, { weights, biases }, adam, { x, y }) {
  adam.minimize(() => {
    const last = weights.length - 1
    const outputs = weights.reduce((z, w, k) => {
      const next = z.matMul(w).add(biases[k])
      return k < last ? next.relu() : next
    }, x)
    return tf.losses.meanSquaredError(y, outputs)
  })
}

function perceptron(tf, { inputs, hidden, depth, outputs }) {
  const widths = [inputs, ...Array(depth).fill(hidden), outputs]
  const layers = widths.slice(1).map((out, k) => ({ in: widths[k], out }))
  return {
    weights: layers.map((layer) => tf.variable(tf.randomNormal([layer.in, layer.out], 0, layer.in ** -0.5))),
    biases: layers.map((layer) => tf.variable(tf.zeros([layer.out]))),
  }
}
