import { type Floats, guard, type NativeData, type NativeRows, type NetworkConfig, native } from '../core/native.js'
import { type Matrix, toMatrix, toTargets, toWeights } from '../data/matrix.js'
import { Refusal } from '../errors/refusal.js'
import { count } from '../print.js'
import type { Loss } from '../words.js'

/** Checked rows that fits train or validate on; they move to native memory at their first use. */
export class FitRows {
  readonly rows: number
  /** Target numbers per row. */
  readonly targets: number
  readonly weighted: boolean
  /** Bytes in native memory. */
  readonly bytes: number
  readonly #convert: (data: NativeData) => NativeRows
  #data: NativeData | null
  #native: NativeRows | null = null

  constructor(data: NativeData, convert: (data: NativeData) => NativeRows) {
    this.rows = data.rows
    this.targets = data.y.length / data.rows
    this.weighted = data.weights !== null
    this.bytes = data.x.byteLength + data.y.byteLength + (data.weights?.byteLength ?? 0)
    this.#data = data
    this.#convert = convert
  }

  /** x, y and weights, until they move to native memory. */
  get numbers(): (Floats | null)[] {
    const { x, y, weights } = this.#data as NativeData
    return [x, y, weights]
  }

  /** The rows in native memory; the JavaScript copy is released. */
  get native(): NativeRows {
    this.#native ??= this.#convert(this.#data as NativeData)
    this.#data = null
    return this.#native
  }
}

/** The data of several fits: data given to more than one is checked and converted once. */
export class SharedRows {
  readonly #known: { key: readonly unknown[]; rows: FitRows }[] = []

  /** Bytes of all of it in native memory. */
  get bytes(): number {
    return this.#known.reduce((sum, { rows }) => sum + rows.bytes, 0)
  }

  /** Copies all of it into native memory, so that the caller may change the originals. */
  copy(): void {
    for (const { rows } of this.#known) void rows.native
  }

  /** @param prefix of the names in messages: '' or 'validation.'. */
  rows(prefix: string, given: Record<string, unknown>, loss: Loss, config: NetworkConfig): FitRows {
    const { x, y, sampleWeight } = given
    const { inputs, outputs, dtype } = config
    const key = [x, y, sampleWeight, loss, inputs, outputs, dtype]
    const known = this.#known.find((each) => each.key.every((value, k) => value === key[k]))
    if (known !== undefined) return known.rows
    const convert = (data: NativeData): NativeRows => guard(() => new native.Rows(data, config, loss))
    const rows = new FitRows(checkedData(prefix, given, loss, config), convert)
    this.#known.push({ key, rows })
    return rows
  }
}

function checkedData(prefix: string, given: Record<string, unknown>, loss: Loss, config: NetworkConfig): NativeData {
  const { dtype, outputs } = config
  const { data: x, rows } = inputRows(`${prefix}x`, given.x, config)
  const y = toTargets(given.y, { name: `${prefix}y`, dtype, rows, outputs, loss })
  const context = { name: `${prefix}sampleWeight`, dtype, rows }
  return { x, y, weights: given.sampleWeight === undefined ? null : toWeights(given.sampleWeight, context), rows }
}

/** x, checked and in the dtype, with one column per input of the network; not copied if it was that already. */
export function inputRows(name: string, x: unknown, config: Pick<NetworkConfig, 'inputs' | 'dtype'>): Matrix {
  const matrix = toMatrix(x, { name, dtype: config.dtype })
  if (matrix.columns === config.inputs) return matrix
  const message = `${name} has ${count(matrix.columns, 'column')}, the network has ${count(config.inputs, 'input')}`
  throw new Refusal('ERR_SHAPE', message)
}
