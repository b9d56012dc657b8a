import { type Message, onnxSchema } from '../../io/onnx-schema.js'
import { version } from '../../version.js'
import type { Dtype } from '../../words.js'

/** Types of elements: names here, and in the schema. */
const elementTypes = { float32: 'FLOAT', float64: 'DOUBLE', int64: 'INT64', string: 'STRING', bool: 'BOOL' } as const
export type ElementType = keyof typeof elementTypes

/** The oldest that have all that is used: every runtime of the last years reads them. */
const versions = { ir: 7n, operators: 13n, machineLearning: 2n }
const machineLearning = 'ai.onnx.ml'

/** Whole numbers, texts. */
type Attributes = Readonly<Record<string, number | readonly number[] | readonly string[]>>

interface About {
  name: string
  description: string
  metadata: Readonly<Record<string, string>>
}

const encoder = new TextEncoder()

/** An ONNX graph in the making. Its values are known by their names. */
export class OnnxGraph {
  readonly #library = onnxSchema()
  readonly #names = new Set<string>()
  readonly #inputs: Message<'ValueInfoProto'>[] = []
  readonly #outputs: Message<'ValueInfoProto'>[] = []
  readonly #constants: Message<'TensorProto'>[] = []
  readonly #nodes: Message<'NodeProto'>[] = []

  /** An input [rows, width]. @returns its name: the one that is wanted, if it is free. */
  input(wanted: string, type: ElementType, width: number): string {
    const name = this.#nameFor(wanted)
    this.#inputs.push(this.#declaration(name, type, width))
    return name
  }

  /** Makes a value an output [rows, width], or [rows]. */
  output(wanted: string, value: string, type: ElementType, width: number | null): void {
    const name = this.#nameFor(wanted)
    this.#nodes.push({ name, opType: 'Identity', input: [value], output: [name] })
    this.#outputs.push(this.#declaration(name, type, width))
  }

  /** Constant numbers; by default a vector. */
  floats(dtype: Dtype, values: ArrayLike<number>, shape: readonly number[] = [values.length]): string {
    const data = dtype === 'float32' ? Float32Array.from(values) : Float64Array.from(values)
    return this.#constant(dtype, shape, { rawData: new Uint8Array(data.buffer) })
  }

  /** A constant vector in double. */
  doubles(...values: readonly number[]): string {
    return this.floats('float64', values)
  }

  /** A constant vector of whole numbers. */
  integers(values: readonly number[]): string {
    return this.#constant('int64', [values.length], {
      rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
    })
  }

  /** A constant vector of texts. */
  texts(values: readonly string[]): string {
    return this.#constant('string', [values.length], { stringData: values.map((text) => encoder.encode(text)) })
  }

  /** @returns the output of an operator. */
  node(operator: string, input: readonly string[], attributes: Attributes = {}, domain = ''): string {
    const name = this.#nameFor(operator)
    const attribute = Object.entries(attributes).map(([name, value]) => this.#attribute(name, value))
    this.#nodes.push({ name, domain, opType: operator, input: [...input], output: [name], attribute })
    return name
  }

  cast(value: string, type: ElementType): string {
    return this.node('Cast', [value], { to: this.#typeNumber(type) })
  }

  /** Side by side, [rows, sum of the widths]. */
  beside(values: readonly string[]): string {
    return values.length === 1 ? values[0] : this.node('Concat', values, { axis: 1 })
  }

  /** Columns of a value [rows, width], by their indices. */
  columns(value: string, indices: readonly number[], width: number): string {
    if (indices.length === width && indices.every((j, k) => j === k)) return value
    return this.node('Gather', [value, this.integers(indices)], { axis: 1 })
  }

  /** The number of each text; of another text -1. */
  numberOf(value: string, texts: ReadonlyMap<string, number>): string {
    const attributes = { keys_strings: [...texts.keys()], values_int64s: [...texts.values()], default_int64: -1 }
    return this.node('LabelEncoder', [value], attributes, machineLearning)
  }

  /** The bytes of a model with this graph. */
  toBytes({ name, description, metadata }: About): Uint8Array {
    const { protobuf, schema } = this.#library
    const own = this.#nodes.some(({ domain }) => domain === machineLearning)
    const model: Message<'ModelProto'> = {
      irVersion: versions.ir,
      opsetImport: [
        { domain: '', version: versions.operators },
        ...(own ? [{ domain: machineLearning, version: versions.machineLearning }] : []),
      ],
      producerName: 'psilon',
      producerVersion: version,
      docString: description,
      graph: {
        name,
        node: this.#nodes,
        initializer: this.#constants,
        input: this.#inputs,
        output: this.#outputs,
      },
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    }
    return protobuf.toBinary(schema.ModelProtoSchema, protobuf.create(schema.ModelProtoSchema, model))
  }

  #constant(type: ElementType, shape: readonly number[], values: Message<'TensorProto'>): string {
    const name = this.#nameFor('constant')
    this.#constants.push({ name, dims: shape.map(BigInt), dataType: this.#typeNumber(type), ...values })
    return name
  }

  /** No two values have one name, and runtimes take a null for the end of a text. */
  #nameFor(wanted: string): string {
    // from bytes: with lone surrogates as they are written
    const base = Buffer.from(wanted).toString().replaceAll('\0', '\ufffd')
    let name = base
    for (let k = 2; this.#names.has(name); k++) name = `${base}_${k}`
    this.#names.add(name)
    return name
  }

  #declaration(name: string, type: ElementType, width: number | null): Message<'ValueInfoProto'> {
    const rows = { value: { case: 'dimParam', value: 'rows' } } as const
    const columns = { value: { case: 'dimValue', value: BigInt(width ?? 0) } } as const
    const dim = width === null ? [rows] : [rows, columns]
    return {
      name,
      type: { value: { case: 'tensorType', value: { elemType: this.#typeNumber(type), shape: { dim } } } },
    }
  }

  #attribute(name: string, value: Attributes[string]): Message<'AttributeProto'> {
    const { AttributeProto_AttributeType: types } = this.#library.schema
    if (typeof value === 'number') return { name, type: types.INT, i: BigInt(value) }
    const texts = value.filter((each) => typeof each === 'string')
    if (texts.length > 0) return { name, type: types.STRINGS, strings: texts.map((text) => encoder.encode(text)) }
    return { name, type: types.INTS, ints: (value as readonly number[]).map(BigInt) }
  }

  #typeNumber(type: ElementType): number {
    return this.#library.schema.TensorProto_DataType[elementTypes[type]]
  }
}
