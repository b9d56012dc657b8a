import type { Floats, NativeNetwork } from '../core/native.js'
import type { Matrix } from '../data/matrix.js'
import type { Dtype } from '../words.js'

/** Buffers for small tables and their outputs: Node-API takes longer to access a new array than to predict a row. */
const small = 64
const kept = { float32: arrays(Float32Array), float64: arrays(Float64Array) }

function arrays(kind: Float32ArrayConstructor | Float64ArrayConstructor) {
  return { kind, x: new kind(small), outputs: new kind(small) }
}

/** All outputs of the rows x, on this thread. @param count of all outputs. */
export function predictNow(
  network: NativeNetwork,
  table: Matrix,
  dtype: Dtype,
  count: number,
  threads: number,
): Floats {
  const { kind, x, outputs } = kept[dtype]
  const isSmall = table.data.length <= small
  if (isSmall) x.set(table.data)
  const to = count <= small ? outputs : new kind(count)
  network.predictSync(isSmall ? x : table.data, table.rows, threads, to)
  return to === outputs ? outputs.slice(0, count) : to
}
