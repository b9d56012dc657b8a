import type { Floats, NativeNetwork } from '../core/native.js'
import type { Dtype } from '../words.js'

/**
 * Buffers that pass small tables and their outputs to and from the core: Node-API takes longer to access a new array
 * than a small network takes to predict a row.
 */
const small = 64
const kept = { float32: arrays(Float32Array), float64: arrays(Float64Array) }

function arrays(kind: Float32ArrayConstructor | Float64ArrayConstructor) {
  return { kind, x: new kind(small), outputs: new kind(small) }
}

/** All outputs of the rows x, on this thread. @param count of all outputs. */
export function predictNow(
  network: NativeNetwork,
  x: { data: Floats; rows: number },
  { dtype, count, threads }: { dtype: Dtype; count: number; threads: number },
): Floats {
  const { kind, x: smallX, outputs } = kept[dtype]
  let { data } = x
  if (data.length <= small) {
    smallX.set(data)
    data = smallX
  }
  const to = count <= small ? outputs : new kind(count)
  network.predictSync(data, x.rows, threads, to)
  return to === outputs ? outputs.slice(0, count) : to
}
