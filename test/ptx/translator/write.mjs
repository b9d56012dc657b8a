/** Kernels of PTX as functions of C++: registers are variables, labels are labels. */
import { translate } from './instructions.mjs'
import { Context, cppType } from './operands.mjs'

/**
 * @typedef {import('./read.mjs').Module} Module
 * @typedef {import('./read.mjs').Kernel} Kernel
 * @typedef {import('./read.mjs').Variable} Variable
 */

/**
 * Where the variables that the kernel names begin in the shared memory of a block, and the bytes of all.
 *
 * @param {Module} module
 * @param {Kernel} kernel
 */
function placeShared(module, kernel) {
  const text = kernel.body.map((statement) => ('operands' in statement ? statement.operands.join(' ') : '')).join(' ')
  const named = new Set(text.match(/[\w$%]+/g))
  /** @type {Map<string, number>} */
  const begins = new Map()
  let bytes = 0
  for (const { name, ...variable } of module.shared.filter(({ name }) => named.has(name))) {
    bytes = Math.ceil(bytes / variable.alignment) * variable.alignment
    begins.set(name, bytes)
    bytes += variable.bytes
  }
  return { begins, bytes }
}

/**
 * @param {Context} context
 * @param {import('./read.mjs').Statement} statement
 */
function writeStatement(context, statement) {
  switch (statement.kind) {
    case 'registers':
      for (const name of statement.names) context.scopes.at(-1)?.set(name, statement.type)
      return `${cppType(statement.type)} ${statement.names.map(Context.variable).join(', ')};`
    case 'label':
      return `${Context.label(statement.name)}:;`
    case 'open':
      context.scopes.push(new Map())
      return '{'
    case 'close':
      context.scopes.pop()
      return '}'
    case 'instruction':
      context.instruction = statement
      return translate(context)
  }
}

/**
 * @param {Module} module
 * @param {Kernel} kernel
 * @param {string} name of the function
 */
function writeKernel(module, kernel, name) {
  const { parameter, local, threads } = kernel
  const shared = placeShared(module, kernel)
  const symbols = new Map(shared.begins).set(parameter.name, 0)
  if (local !== undefined) symbols.set(local.name, 0)
  const context = new Context(module.file, symbols)
  const body = kernel.body.map((statement) => writeStatement(context, statement))
  const localBytes = local?.bytes ?? 0
  return `void ${name}(const unsigned char* argument) {
  ${localBytes > 0 ? `alignas(16) unsigned char local[${localBytes}]; std::memset(local, 0xff, sizeof local);` : 'unsigned char* const local = nullptr;'}
  const Thread self{kFile, argument, ${parameter.bytes}, ${shared.bytes}, local, ${localBytes}};
  ${body.join('\n  ')}
}
const Registration register_${name}{{"${kernel.name}", ${parameter.bytes}, ${parameter.alignment}, ${shared.bytes}, ${threads}, ${name}}};
`
}

/**
 * The modules as so many sources of about the same length.
 *
 * @param {Module[]} modules
 * @param {number} count
 */
export function write(modules, count) {
  const parts = Array.from({ length: count }, () => ({
    length: 0,
    text: '#include "machine.h"\n\nusing namespace psilon::ptx;\n',
  }))
  const kernels = modules.flatMap((module, m) =>
    module.kernels.map((kernel, k) => ({ module, kernel, name: `kernel_${m}_${k}` })),
  )
  kernels.sort((a, b) => b.kernel.body.length - a.kernel.body.length)
  for (const { module, kernel, name } of kernels) {
    const part = parts.reduce((least, other) => (other.length < least.length ? other : least))
    part.length += kernel.body.length
    const text = writeKernel(module, kernel, name)
    part.text += `\nnamespace {\nnamespace of_${name} {\nconstexpr const char* kFile = ${JSON.stringify(module.file)};\n${text}}\n}\n`
  }
  return parts.map(({ text }) => text)
}
