/**
 * PTX as nvcc writes it, taken apart: variables of shared memory and kernels, each with its registers, local memory, labels and
 * instructions. What is not known is refused with its place, never skipped.
 *
 * @typedef {{ name: string, bytes: number, alignment: number }} Variable
 * @typedef {{ kind: 'registers', names: string[], type: string }
 *   | { kind: 'label', name: string }
 *   | { kind: 'open' | 'close' }
 *   | { kind: 'instruction', line: number, text: string, guard: string, form: string, operands: string[] }} Statement
 * @typedef {{ name: string, parameter: Variable, threads: number, local: Variable | undefined, body: Statement[] }} Kernel
 * @typedef {{ file: string, shared: Variable[], kernels: Kernel[] }} Module
 */

export class PtxError extends Error {
  /**
   * @param {string} file
   * @param {number} line
   * @param {string} text
   * @param {string} reason
   */
  constructor(file, line, text, reason) {
    super(`${file}:${line}: ${reason}: ${text.trim().replace(/\s+/g, ' ')}`)
  }
}

const name = '[A-Za-z_$%][\\w$]*'
const variable = `\\.align\\s+(\\d+)\\s+\\.[bfsu](\\d+)\\s+(${name})(?:\\[(\\d+)\\])?`
const patterns = {
  version: /\.version\s+\d+\.\d+/y,
  target: /\.target\s+sm_\w+/y,
  addresses: /\.address_size\s+64\b/y,
  shared: new RegExp(`\\.shared\\s+${variable}\\s*;`, 'y'),
  kernel: new RegExp(`(?:\\.(?:visible|weak)\\s+)?\\.entry\\s+(${name})\\s*\\(\\s*([^)]*?)\\s*\\)([^{]*)\\{`, 'y'),
  local: new RegExp(`\\.local\\s+${variable}\\s*;`, 'y'),
  register: new RegExp(`\\.reg\\s+\\.(\\w+)\\s+(${name})(?:<(\\d+)>)?\\s*;`, 'y'),
  hint: /\.pragma\s+"(?:nounroll|used_bytes_mask \w+)"\s*;/y,
  label: new RegExp(`(${name}):(?!:)`, 'y'),
  open: /\{/y,
  close: /\}/y,
  instruction: /(?:@(!?%\w+)\s+)?([a-z][\w.]*)(?:\s+([^;{}]*(?:\{[^;{}]*\}[^;{}]*)*))?;/y,
}
const parameter = new RegExp(`^\\.param\\s+${variable}$`)
const bounds = /^\s*(?:\.maxntid\s+(\d+)(?:,\s*1,\s*1)?)?\s*(?:\.minnctapersm\s+\d+)?\s*$/

/** A place in a text, which moves on as patterns match there. */
class Cursor {
  /**
   * @param {string} file
   * @param {string} text
   */
  constructor(file, text) {
    this.file = file
    this.text = text.replace(/\/\/[^\n]*/g, '')
    this.at = 0
    this.line = 1
    this.skipSpace()
  }

  skipSpace() {
    for (; /\s/.test(this.text[this.at] ?? ''); this.at++) if (this.text[this.at] === '\n') this.line++
  }

  /** @param {RegExp} pattern */
  take(pattern) {
    pattern.lastIndex = this.at
    const match = pattern.exec(this.text)
    if (match === null) return undefined
    this.line += match[0].split('\n').length - 1
    this.at += match[0].length
    this.skipSpace()
    return match
  }

  /**
   * @param {string} reason
   * @returns {never}
   */
  refuse(reason) {
    throw new PtxError(this.file, this.line, this.text.slice(this.at).split(/[;\n]/, 1)[0], reason)
  }
}

/**
 * @param {string[]} match of the pattern of a variable
 * @returns {Variable}
 */
function variableOf([, alignment, bits, name, count = '1']) {
  return { name, bytes: (Number(count) * Number(bits)) / 8, alignment: Number(alignment) }
}

/** @param {string} text */
function operandsOf(text) {
  return text.match(/\{[^}]*\}|\[[^\]]*\]|[^,\s][^,]*/g)?.map((operand) => operand.trim()) ?? []
}

/**
 * @param {Cursor} cursor
 * @returns {Statement[] | undefined}
 */
function takeStatement(cursor) {
  const { line } = cursor
  const register = cursor.take(patterns.register)
  if (register !== undefined) {
    const [, type, name, count] = register
    const names = count === undefined ? [name] : Array.from({ length: Number(count) }, (_, i) => name + i)
    return [{ kind: 'registers', names, type }]
  }
  if (cursor.take(patterns.hint)) return []
  if (cursor.take(patterns.open)) return [{ kind: 'open' }]
  const label = cursor.take(patterns.label)
  if (label !== undefined) return [{ kind: 'label', name: label[1] }]
  const instruction = cursor.take(patterns.instruction)
  if (instruction === undefined) return undefined
  const [text, guard = '', form, operands = ''] = instruction
  return [{ kind: 'instruction', line, text, guard, form, operands: operandsOf(operands) }]
}

/**
 * @param {Cursor} cursor
 * @param {RegExpExecArray} head
 * @returns {Kernel}
 */
function readKernel(cursor, [, name, parameters, directives]) {
  const structure = parameter.exec(parameters) ?? cursor.refuse(`${name} has not one structure`)
  const [, threads] = bounds.exec(directives) ?? cursor.refuse(`${name} has unknown directives${directives}`)
  /** @type {Kernel} */
  const kernel = {
    name,
    parameter: variableOf(structure),
    threads: Number(threads ?? 1024),
    local: undefined,
    body: [],
  }
  for (let depth = 1; ; ) {
    const local = cursor.take(patterns.local)
    if (local !== undefined) {
      if (kernel.local !== undefined) cursor.refuse('a second variable of local memory')
      kernel.local = variableOf(local)
      continue
    }
    if (cursor.take(patterns.close)) {
      if (--depth === 0) return kernel
      kernel.body.push({ kind: 'close' })
      continue
    }
    const statements = takeStatement(cursor) ?? cursor.refuse('not understood')
    if (statements[0]?.kind === 'open') depth++
    kernel.body.push(...statements)
  }
}

/**
 * @param {string} file
 * @param {string} text
 * @returns {Module}
 */
export function read(file, text) {
  const cursor = new Cursor(file, text)
  /** @type {Module} */
  const module = { file, shared: [], kernels: [] }
  while (cursor.at < cursor.text.length) {
    const shared = cursor.take(patterns.shared)
    const kernel = shared === undefined ? cursor.take(patterns.kernel) : undefined
    if (shared !== undefined) module.shared.push(variableOf(shared))
    else if (kernel !== undefined) module.kernels.push(readKernel(cursor, kernel))
    else if (!['version', 'target', 'addresses'].some((head) => cursor.take(patterns[head])))
      cursor.refuse('not understood')
  }
  return module
}
