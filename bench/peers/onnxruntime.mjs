/** Predictions of a model file by ONNX Runtime. */

import { table } from '../random.mjs'
import { optional, repeat, serve } from './serve.mjs'

await serve(async () => {
  const ort = await optional('onnxruntime-node')
  const sessions = new Map()
  return {
    version: ort.env.versions.node ?? ort.env.versions.common,
    answer: (request) => answer(ort, sessions, request),
  }
})

/** Seconds of a run of `calls` predictions of `rows` rows, `repeats` times; and the outputs of the first rows. */
async function answer(ort, sessions, { model, inputs, rows, threads, repeats, calls }) {
  const session = await sessionOf(ort, sessions, model, threads)
  const x = new ort.Tensor('float32', table(rows, inputs).data, [rows, inputs])
  const seconds = await repeat(repeats, async () => {
    for (let k = 0; k < calls; k++) await session.run({ x })
  })
  const { outputs } = await session.run({ x })
  return { seconds: seconds.map((each) => each / calls), outputs: Array.from(outputs.data.slice(0, 20)) }
}

async function sessionOf(ort, sessions, model, threads) {
  const key = `${threads} ${model}`
  if (!sessions.has(key)) {
    const options = { intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential' }
    sessions.set(key, await ort.InferenceSession.create(model, { ...options, graphOptimizationLevel: 'all' }))
  }
  return sessions.get(key)
}
