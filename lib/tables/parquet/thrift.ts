import { ByteReader } from './reader.js'

/**
 * Reads structs of Thrift's compact protocol, in which Parquet writes the headers of pages: integers and structs by the
 * numbers of their fields; other fields are skipped.
 */
export type Struct = Map<number, number | Struct>

/** Types of fields and of the elements of lists. */
const kind = { true: 1, false: 2, byte: 3, double: 7, binary: 8, list: 9, set: 10, map: 11, struct: 12 } as const
/** More structs within structs are damage. */
const maxDepth = 16

/** What it reads throws a RangeError at the end of the bytes. */
export class ThriftReader extends ByteReader {
  struct(depth = 0): Struct {
    if (depth > maxDepth) throw new RangeError('structs within structs')
    const fields: Struct = new Map()
    for (let last = 0; ; ) {
      const head = this.byte()
      if (head === 0) return fields
      last = head >> 4 === 0 ? this.#integer() : last + (head >> 4)
      const value = this.#value(head & 15, depth)
      if (value !== undefined) fields.set(last, value)
    }
  }

  #integer(): number {
    const value = this.varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  #value(type: number, depth: number): number | Struct | undefined {
    if (type === kind.true || type === kind.false) return Number(type === kind.true)
    if (type > kind.byte && type < kind.double) return this.#integer()
    if (type === kind.struct) return this.struct(depth + 1)
    if (type === kind.list || type === kind.set) return this.#skipList(depth)
    const size = type === kind.byte ? 1 : type === kind.double ? 8 : type === kind.binary ? this.varint() : Number.NaN
    this.take(size)
    return undefined
  }

  #skipList(depth: number): undefined {
    const head = this.byte()
    const size = head >> 4 === 15 ? this.varint() : head >> 4
    const type = head & 15
    for (let k = 0; k < size; k++) {
      if (type === kind.true || type === kind.false) this.take(1)
      else this.#value(type, depth + 1)
    }
  }
}
