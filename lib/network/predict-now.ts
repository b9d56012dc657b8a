import type { Floats, NativeNetwork } from '../core/native.js'
import type { Dtype } from '../words.js'

/**
 * Small tables and their outputs cross the border to the core in these: Node-API takes longer to get at an array that is
 * new than a small network takes for a row.
 */
const small = 64
const kept = { float32: arrays(Float32Array), float64: arrays(Float64Array) }

function arrays(kind: Float32ArrayConstructor | Float64ArrayConstructor) {
  return { kind, x: new kind(small), outputs: new kind(small) }
}

/** Outputs of rows x, all of them, on this thread. @param count of all outputs. */
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
