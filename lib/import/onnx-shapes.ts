import { show } from '../checks.js'
import { odd } from '../io/json-reader.js'
import { onnxSchema } from '../io/onnx-schema.js'
import type { Operator } from './onnx-layers.js'
import { constantOf, fewNumbersOf } from './onnx-tensors.js'
import { isEach, type Rows, rowsOf, unsupported, type Value, weightsFrom } from './onnx-values.js'

/** Operators that change no number of a row. */

export const identity: Operator = (_, [x]) => x ?? odd('it lacks an input')

/** Nothing, but for training. */
export const dropout: Operator = (_, [x, , training]) => {
  if (training !== undefined && !isEach(training, 0)) unsupported('it is in training mode, expected inference')
  return rowsOf(x)
}

/** Rows have the dtype of the network in any case. Constants are not rounded. */
export const cast: Operator = (node, [x]) => {
  const { TensorProto_DataType: types } = onnxSchema().schema
  const to = node.integer('to', 0)
  if (x?.kind === 'rows' && x.form === 'answer') return x
  if (to !== types.FLOAT && to !== types.DOUBLE) unsupported(`it casts to ${types[to] ?? to}, expected FLOAT or DOUBLE`)
  if (x?.kind !== 'weights') return rowsOf(x)
  const dtype = to === types.FLOAT ? 'float32' : 'float64'
  if (x.dtype !== undefined && (dtype === 'float64' || x.dtype === dtype)) return { ...x, dtype }
  return unsupported(`it rounds the constant ${show(x.constant.name)} of ${x.constant.type}`)
}

export const flatten: Operator = (node, [x]) => {
  const axis = node.integer('axis', 1)
  if (axis !== 1 && axis !== -1) unsupported(`axis is ${axis}, expected 1`)
  return twoDimensions(rowsOf(x))
}

/** To [-1, width] and the like; to [-1] if a row has one number. */
export const reshape: Operator = (node, [x, wanted]) => {
  const rows = rowsOf(x)
  if (rows.form === 'answer') return rows
  const shape = numbersIn(wanted)
  const copies = node.integer('allowzero', 0) === 0
  const [count, width] = shape
  if (shape.length === 1 && count === -1) return flat(rows)
  const known = width === -1 ? count >= 0 : width === 0 || rows.width === null || width === rows.width
  if (shape.length === 2 && known && (copies || !shape.includes(0))) {
    return { ...twoDimensions(rows), width: width > 0 ? width : rows.width }
  }
  return unsupported(`the shape is [${shape.slice(0, 8).join(', ')}], expected [-1, ${rows.width ?? 'n'}]`)
}

/** [rows, 1] to [rows] */
export const squeeze: Operator = (node, [x, given]) => {
  const axes = node.integers('axes') ?? (given === undefined ? [1] : numbersIn(given))
  if (axes.length !== 1 || (axes[0] !== 1 && axes[0] !== -1)) unsupported(`the axes are [${axes}], expected [1]`)
  return flat(rowsOf(x))
}

export const transpose: Operator = (node, [x]) => {
  if (x?.kind !== 'weights') unsupported('it turns rows into columns, expected constant weights')
  const order = (node.integers('perm') ?? [1, 0]).join()
  if (x.constant.shape.length !== 2 || !['0,1', '1,0'].includes(order))
    unsupported('it takes something else than a matrix')
  return { ...x, transposed: x.transposed !== (order === '1,0') }
}

export const constant: Operator = (node) => {
  const { protobuf, schema } = onnxSchema()
  const name = node.proto.output[0] ?? ''
  const ints = node.integers('value_ints')
  const listed = ints && {
    dataType: schema.TensorProto_DataType.INT64,
    dims: [BigInt(ints.length)],
    int64Data: ints.map(BigInt),
  }
  const value = listed ? protobuf.create(schema.TensorProtoSchema, listed) : node.tensor('value')
  return value === undefined
    ? unsupported('it has neither a tensor nor integers')
    : weightsFrom(constantOf(name, value))
}

function flat(rows: Rows): Rows {
  if (rows.form === 'answer') return rows
  if (rows.layer === null || rows.width !== 1 || !['z', 'p'].includes(rows.form)) {
    unsupported('it takes a dimension away, expected that of one output')
  }
  return { ...rows, form: 'flat' }
}

const twoDimensions = (rows: Rows): Rows =>
  rows.form === 'flat' ? unsupported('it follows what took a dimension away') : rows

function numbersIn(value: Value | undefined): number[] {
  const numbers = value?.kind === 'weights' ? fewNumbersOf(value.constant) : undefined
  return numbers ?? unsupported('its shape is not constant')
}
