import { show } from '../checks.js'
import { odd } from '../io/json-reader.js'
import { type NodeProto, onnxSchema, type TensorProto } from '../io/onnx-schema.js'
import { named } from '../print.js'

type Attribute = NodeProto['attribute'][number]

/** A node of a graph, with its attributes by name. */
export class OnnxNode {
  /** As the standard calls it, with the domain of all but its own operators. */
  readonly operator: string
  readonly #attributes: ReadonlyMap<string, Attribute>

  constructor(readonly proto: NodeProto) {
    const { domain, opType, attribute } = proto
    this.operator = domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`
    this.#attributes = new Map(attribute.map((each) => [each.name, each]))
  }

  /** In messages; a node without a name is known by what it gives. */
  get place(): string {
    const { name, output } = this.proto
    return `${named(this.operator)} ${show(name || (output[0] ?? ''))}`
  }

  /** Names of its attributes. */
  get attributes(): string[] {
    return [...this.#attributes.keys()]
  }

  integer(name: string, otherwise: number): number {
    return Number(this.#value(name, 'INT', ({ i }) => i) ?? otherwise)
  }

  integers(name: string): number[] | undefined {
    return this.#value(name, 'INTS', ({ ints }) => ints)?.map(Number)
  }

  number(name: string, otherwise: number): number {
    const value = this.#value(name, 'FLOAT', ({ f }) => f) ?? otherwise
    return Number.isFinite(value) ? value : odd(`${name} is ${value}, expected a finite number`)
  }

  tensor(name: string): TensorProto | undefined {
    return this.#value(name, 'TENSOR', ({ t }) => t)
  }

  #value<T>(name: string, type: 'INT' | 'INTS' | 'FLOAT' | 'TENSOR', read: (attribute: Attribute) => T): T | undefined {
    const attribute = this.#attributes.get(name)
    if (attribute === undefined) return undefined
    const types = onnxSchema().schema.AttributeProto_AttributeType
    return attribute.type === types[type] ? read(attribute) : odd(`${name} is not of the type ${type}`)
  }
}
