import { type Message, onnxSchema } from '#psilon/io/onnx-schema.js'

/** ONNX files for tests, assembled by the schema of the standard. */

const { protobuf, schema } = onnxSchema()
const { TensorProto_DataType: types, AttributeProto_AttributeType: kinds } = schema

export type TensorMessage = Message<'TensorProto'>
export type NodeMessage = Message<'NodeProto'>
type AttributeMessage = Message<'AttributeProto'>
export type TypeName = keyof typeof types

const bytesOf = ({ buffer }: { buffer: ArrayBufferLike }) => new Uint8Array(buffer)

/** Numbers in raw bytes, as most exporters write them. */
export const float = (name: string, dims: number[], values: readonly number[]): TensorMessage => ({
  ...{ name, dims: dims.map(BigInt), dataType: types.FLOAT, rawData: bytesOf(Float32Array.from(values)) },
})

export const double = (name: string, dims: number[], values: readonly number[]): TensorMessage => ({
  ...{ name, dims: dims.map(BigInt), dataType: types.DOUBLE, rawData: bytesOf(Float64Array.from(values)) },
})

export const int64 = (name: string, values: readonly number[], dims = [values.length]): TensorMessage => ({
  ...{ name, dims: dims.map(BigInt), dataType: types.INT64, rawData: bytesOf(BigInt64Array.from(values, BigInt)) },
})

/** Any tensor with other entries of the schema. */
export const tensor = (
  name: string,
  type: TypeName | number,
  dims: number[],
  entries: Partial<TensorMessage>,
): TensorMessage => ({
  ...{ name, dims: dims.map(BigInt), dataType: typeof type === 'number' ? type : types[type] },
  ...(entries as object),
})

/** A whole number is an integer, another number or one in a `Float` a float. */
export class Float {
  constructor(readonly value: number) {}
}

type Attribute = number | Float | readonly number[] | TensorMessage

function attributeOf(name: string, value: Attribute): AttributeMessage {
  if (typeof value === 'number') return { name, type: kinds.INT, i: BigInt(value) }
  if (value instanceof Float) return { name, type: kinds.FLOAT, f: value.value }
  if (Array.isArray(value)) return { name, type: kinds.INTS, ints: value.map(BigInt) }
  return { name, type: kinds.TENSOR, t: value as TensorMessage }
}

/** `node('Gemm', ['x', 'W', 'b'], 'y', { transB: 1 })`; its name is that of its first output. */
export function node(
  operator: string,
  input: string[],
  output: string | string[],
  attributes: Record<string, Attribute> = {},
): NodeMessage {
  const [, domain = '', opType = operator] = /^(.+)\.(\w+)$/.exec(operator) ?? []
  const outputs = [output].flat()
  const attribute = Object.entries(attributes).map(([name, value]) => attributeOf(name, value))
  return { name: outputs[0], domain, opType, input, output: outputs, attribute }
}

export interface Declared {
  name: string
  type?: TypeName
  /** null: any size. */
  shape?: (number | null)[]
}

function declaration({ name, type = 'FLOAT', shape }: Declared): Message<'ValueInfoProto'> {
  const dim = shape?.map((size) =>
    size === null
      ? { value: { case: 'dimParam', value: 'n' } as const }
      : { value: { case: 'dimValue', value: BigInt(size) } as const },
  )
  const value = { elemType: types[type], ...(dim && { shape: { dim } }) }
  return { name, type: { value: { case: 'tensorType', value } } }
}

export interface Graph {
  nodes: NodeMessage[]
  initializers?: TensorMessage[]
  inputs?: Declared[]
  outputs?: Declared[]
  opset?: number | null
  producer?: string
}

/** The bytes of a model, by default with the input x of float rows and the output y. */
export function modelOf({
  nodes,
  initializers = [],
  inputs = [{ name: 'x', shape: [null, 3] }],
  outputs = [{ name: 'y', shape: [null, null] }],
  opset = 17,
  producer = 'test',
}: Graph): Uint8Array {
  const ml = nodes.some(({ domain }) => domain === 'ai.onnx.ml') ? [{ domain: 'ai.onnx.ml', version: 3n }] : []
  const model: Message<'ModelProto'> = {
    irVersion: 8n,
    producerName: producer,
    opsetImport: opset === null ? [] : [{ domain: '', version: BigInt(opset) }, ...ml],
    graph: {
      ...{ name: 'graph', node: nodes, initializer: initializers },
      ...{ input: inputs.map(declaration), output: outputs.map(declaration) },
    },
  }
  return protobuf.toBinary(schema.ModelProtoSchema, protobuf.create(schema.ModelProtoSchema, model))
}

/** The model that bytes are, to be changed. */
export const parsed = (bytes: Uint8Array) => protobuf.fromBinary(schema.ModelProtoSchema, bytes)
export const written = (model: ReturnType<typeof parsed>) => protobuf.toBinary(schema.ModelProtoSchema, model)
