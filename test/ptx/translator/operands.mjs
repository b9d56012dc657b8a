/** What an instruction reads and writes, as C++. Types have PTX's names there too: u32, s64, f32; b32 is u32, a pred a bool. */
import { PtxError } from './read.mjs'

/** @typedef {import('./read.mjs').Kernel} Kernel */

const positions = { tid: 'thread', ctaid: 'block', ntid: 'block_size', nctaid: 'grid_size' }

/** @param {string} type */
export const bytesOf = (type) => (type === 'pred' ? 1 : Number(type.slice(1)) / 8)
/** @param {string} type */
const kindOf = (type) => (type === 'pred' ? 'pred' : type.startsWith('f') ? 'float' : 'integer')
/**
 * As which integers wrap round, and bits are kept.
 * @param {string} type
 */
export const unsigned = (type) => (kindOf(type) === 'integer' ? `u${type.slice(1)}` : type)
/** @param {string} type */
export const cppType = (type) => (type === 'pred' ? 'bool' : type.startsWith('b') ? unsigned(type) : type)

/** The names of a kernel, and one instruction of it. */
export class Context {
  /** @type {Map<string, string>[]} types of registers, the innermost scope last */
  scopes = [new Map()]
  /** @type {Extract<import('./read.mjs').Statement, { kind: 'instruction' }>} */
  instruction = { kind: 'instruction', line: 0, text: '', guard: '', form: '', operands: [] }

  /**
   * @param {string} file
   * @param {Map<string, number>} symbols where variables begin in their memories, the parameter at 0
   */
  constructor(file, symbols) {
    this.file = file
    this.symbols = symbols
  }

  get line() {
    return this.instruction.line
  }

  /**
   * @param {string} reason
   * @returns {never}
   */
  refuse(reason) {
    throw new PtxError(this.file, this.line, this.instruction.text, reason)
  }

  /** @param {string} name */
  #typeOf(name) {
    return this.scopes.findLast((scope) => scope.has(name))?.get(name)
  }

  /**
   * @param {string} operand
   * @param {string} type
   */
  #immediate(operand, type) {
    const float = /^0([fd])([0-9A-F]+)$/i.exec(operand)
    if (float !== null) {
      const bits = float[1].toLowerCase() === 'f' ? 32 : 64
      if (type !== `f${bits}`) this.refuse(`${operand} is no ${type}`)
      return `as<f${bits}>(u${bits}{0x${float[2]}u})`
    }
    if (!/^-?(\d+|0x[0-9a-f]+)$/i.test(operand)) return undefined
    if (type === 'pred') return operand === '0' ? 'false' : 'true'
    if (kindOf(type) !== 'integer') this.refuse(`${operand} is no ${type}`)
    const bits = 8 * bytesOf(type)
    const value = operand.startsWith('-') ? -BigInt(operand.slice(1)) : BigInt(operand)
    if (value < -(2n ** BigInt(bits - 1)) || value >= 2n ** BigInt(bits)) this.refuse(`${operand} is no ${type}`)
    return `${cppType(type)}(0x${BigInt.asUintN(bits, value).toString(16)}u)`
  }

  /**
   * The value of a register, a constant, a name or a place among threads, of this type.
   *
   * @param {string} operand
   * @param {string} type
   * @returns {string}
   */
  read(operand, type) {
    if (operand.startsWith('!') && type === 'pred') return `!${this.read(operand.slice(1), type)}`
    const immediate = this.#immediate(operand, type)
    if (immediate !== undefined) return immediate
    const symbol = this.symbols.get(operand)
    if (symbol !== undefined && kindOf(type) === 'integer') return `${cppType(type)}(${symbol})`
    const [, place, axis] = /^%(\w+)\.([xyz])$/.exec(operand) ?? []
    if (positions[place] !== undefined && bytesOf(type) === 4) return `position.${positions[place]}.${axis}`
    const found = this.#typeOf(operand)
    if (found === undefined) return this.refuse(`${operand} is not known`)
    if (bytesOf(found) !== bytesOf(type) || (kindOf(found) === 'pred') !== (kindOf(type) === 'pred'))
      this.refuse(`${operand} is a ${found}, not a ${type}`)
    const variable = Context.variable(operand)
    if (kindOf(found) !== kindOf(type)) return `as<${cppType(type)}>(${variable})`
    return type.startsWith('s') ? `${type}(${variable})` : variable
  }

  /**
   * The statement that puts a value of this type into a register. An integer may be put into a wider one, which its sign
   * fills.
   *
   * @param {string} operand
   * @param {string} type
   * @param {string} value
   * @param {boolean} widens
   */
  write(operand, type, value, widens = false) {
    if (operand === '_') return `(void)(${value});`
    const found = this.#typeOf(operand)
    if (found === undefined) return this.refuse(`${operand} is no register`)
    const wider = widens && kindOf(found) === kindOf(type) && bytesOf(found) > bytesOf(type)
    if (!wider && bytesOf(found) !== bytesOf(type)) this.refuse(`${operand} is a ${found}, not a ${type}`)
    if ((kindOf(found) === 'pred') !== (kindOf(type) === 'pred')) this.refuse(`${operand} is a ${found}`)
    const converted = kindOf(found) === kindOf(type) ? value : `as<${cppType(found)}>(${cppType(type)}(${value}))`
    return `${Context.variable(operand)} = ${wider ? `${cppType(type)}(${value})` : converted};`
  }

  /**
   * The value of a register that may be wider than the type, of which the lower bits count.
   *
   * @param {string} operand
   * @param {string} type
   */
  readNarrowed(operand, type) {
    const found = this.#typeOf(operand)
    const wider = found !== undefined && kindOf(found) === 'integer' && bytesOf(found) > bytesOf(type)
    return wider ? `${cppType(type)}(${Context.variable(operand)})` : this.read(operand, type)
  }

  /**
   * "{a, b}" as its parts; a single operand as one.
   *
   * @param {string} operand
   * @param {number} count
   */
  parts(operand, count) {
    if (count === 1) return [operand]
    const parts = /^\{(.*)\}$/s.exec(operand)?.[1].split(',')
    if (parts?.length !== count) return this.refuse(`${operand} has not ${count} parts`)
    return parts.map((part) => part.trim())
  }

  /**
   * "[a+4]" as a number of 64 bits.
   *
   * @param {string} operand
   */
  address(operand) {
    const [, base, offset = '0'] =
      /^\[([%\w$.]+)(?:\+(-?\d+))?\]$/.exec(operand) ?? this.refuse(`${operand} is no address`)
    const symbol = this.symbols.get(base)
    if (symbol !== undefined) return `u64(${BigInt.asUintN(64, BigInt(symbol) + BigInt(offset))}u)`
    const found = this.#typeOf(base)
    const from = this.read(base, found === 'b32' ? 'u32' : 'u64')
    return offset === '0' ? `u64(${from})` : `u64(${from}) + u64(${offset}${offset.startsWith('-') ? 'll' : 'u'})`
  }

  /** No name of a type. @param {string} name */
  static variable(name) {
    return `${name.slice(1)}_`
  }

  /** @param {string} name */
  static label(name) {
    return `at_${name.replaceAll('$', '')}`
  }
}
