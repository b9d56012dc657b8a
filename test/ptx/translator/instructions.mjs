/** The forms of instructions that are known, each as the C++ that does the same (PTX ISA, chapter 9). */
import { bytesOf, Context, cppType, unsigned } from './operands.mjs'

/** @typedef {(context: Context, operands: string[]) => string} Translate */

/** @type {Map<string, { operands: number, translate: Translate }>} */
const forms = new Map()

/**
 * @param {string} form
 * @param {number} operands
 * @param {Translate} translate
 */
function define(form, operands, translate) {
  forms.set(form, { operands, translate })
}

/**
 * An instruction whose operands and result are of one type.
 *
 * @param {string} form
 * @param {string} type
 * @param {number} sources
 * @param {(...values: string[]) => string} result
 */
function compute(form, type, sources, result) {
  define(form, sources + 1, (context, [to, ...from]) => {
    const values = from.map((operand) => context.read(operand, type))
    return context.write(to, type, result(...values))
  })
}

const bytes = ['u8', 's8']
const integers = ['u16', 's16', 'u32', 's32', 'u64', 's64']
const wordIntegers = integers.filter((type) => bytesOf(type) >= 4)
const floats = ['f32', 'f64']
const bits = ['b16', 'b32', 'b64']

for (const type of integers) {
  compute(`add.${type}`, unsigned(type), 2, (a, b) => `${a} + ${b}`)
  compute(`sub.${type}`, unsigned(type), 2, (a, b) => `${a} - ${b}`)
  compute(`min.${type}`, type, 2, (a, b) => `${a} < ${b} ? ${a} : ${b}`)
  compute(`max.${type}`, type, 2, (a, b) => `${a} > ${b} ? ${a} : ${b}`)
  define(`shr.${type}`, 3, (context, [to, a, by]) => shift(context, type, 'right', to, a, by))
}
for (const type of wordIntegers) {
  compute(`mul.lo.${type}`, unsigned(type), 2, (a, b) => `${a} * ${b}`)
  compute(`mad.lo.${type}`, unsigned(type), 3, (a, b, c) => `${a} * ${b} + ${c}`)
  compute(`div.${type}`, type, 2, (a, b) => `${a} / ${b}`)
  compute(`rem.${type}`, type, 2, (a, b) => `${a} % ${b}`)
  if (type.startsWith('s')) compute(`neg.${type}`, unsigned(type), 1, (a) => `${unsigned(type)}(0) - ${a}`)
}
for (const [type, wide] of [
  ['u32', 'u64'],
  ['s32', 's64'],
]) {
  define(`mul.wide.${type}`, 3, (context, [to, a, b]) =>
    context.write(to, wide, `${wide}(${context.read(a, type)}) * ${wide}(${context.read(b, type)})`),
  )
}
for (const type of [...bits, 'pred']) {
  compute(`and.${type}`, type, 2, (a, b) => `${a} & ${b}`)
  compute(`or.${type}`, type, 2, (a, b) => `${a} | ${b}`)
  compute(`xor.${type}`, type, 2, (a, b) => `${a} ^ ${b}`)
  compute(`not.${type}`, type, 1, (a) => (type === 'pred' ? `!${a}` : `~${a}`))
}
for (const type of bits) define(`shl.${type}`, 3, (context, [to, a, by]) => shift(context, type, 'left', to, a, by))

/**
 * By the width of the type or more: nothing is left but the sign.
 *
 * @param {Context} context
 * @param {string} type
 * @param {'left' | 'right'} way
 * @param {string} to
 * @param {string} a
 * @param {string} by
 */
function shift(context, type, way, to, a, by) {
  return context.write(to, type, `shift_${way}<${cppType(type)}>(${context.read(a, type)}, ${context.read(by, 'u32')})`)
}

for (const type of floats) {
  for (const [name, sign] of [
    ['add', '+'],
    ['sub', '-'],
    ['mul', '*'],
  ])
    for (const rounding of ['', '.rn']) compute(`${name}${rounding}.${type}`, type, 2, (a, b) => `${a} ${sign} ${b}`)
  compute(`fma.rn.${type}`, type, 3, (a, b, c) => `fma_rn(${a}, ${b}, ${c})`)
  compute(`div.rn.${type}`, type, 2, (a, b) => `${a} / ${b}`)
  compute(`rcp.rn.${type}`, type, 1, (a) => `1 / ${a}`)
  compute(`sqrt.rn.${type}`, type, 1, (a) => `sqrt_rn(${a})`)
  compute(`neg.${type}`, type, 1, (a) => `-${a}`)
  compute(`abs.${type}`, type, 1, (a) => `magnitude(${a})`)
  compute(`min.${type}`, type, 2, (a, b) => `smaller(${a}, ${b})`)
  compute(`max.${type}`, type, 2, (a, b) => `larger(${a}, ${b})`)
}
compute('fma.rm.f32', 'f32', 3, (a, b, c) => `fma_rm(${a}, ${b}, ${c})`)
compute('add.rz.f32', 'f32', 2, (a, b) => `add_rz(${a}, ${b})`)
compute('ex2.approx.ftz.f32', 'f32', 1, (a) => `ex2_approx_ftz(${a})`)
compute('rcp.approx.ftz.f64', 'f64', 1, (a) => `rcp_approx_ftz(${a})`)

/** Of floats: "u" holds where one is NaN, the others do not. @type {Record<string, (a: string, b: string) => string>} */
const ordered = {
  eq: (a, b) => `${a} == ${b}`,
  ne: (a, b) => `${a} < ${b} || ${a} > ${b}`,
  lt: (a, b) => `${a} < ${b}`,
  le: (a, b) => `${a} <= ${b}`,
  gt: (a, b) => `${a} > ${b}`,
  ge: (a, b) => `${a} >= ${b}`,
  equ: (a, b) => `!(${a} < ${b} || ${a} > ${b})`,
  neu: (a, b) => `!(${a} == ${b})`,
  ltu: (a, b) => `!(${a} >= ${b})`,
  leu: (a, b) => `!(${a} > ${b})`,
  gtu: (a, b) => `!(${a} <= ${b})`,
  geu: (a, b) => `!(${a} < ${b})`,
  num: (a, b) => `${a} == ${a} && ${b} == ${b}`,
  nan: (a, b) => `!(${a} == ${a} && ${b} == ${b})`,
}
const whole = { ...ordered, ne: (a, b) => `${a} != ${b}` }

/**
 * @param {string} name
 * @param {string} type
 * @param {(a: string, b: string) => string} holds
 */
function defineComparison(name, type, holds) {
  define(`setp.${name}.${type}`, 3, (context, [to, a, b]) =>
    context.write(to, 'pred', holds(context.read(a, type), context.read(b, type))),
  )
}
for (const type of floats) for (const name in ordered) defineComparison(name, type, ordered[name])
for (const type of integers)
  for (const name of ['eq', 'ne', 'lt', 'le', 'gt', 'ge']) defineComparison(name, type, whole[name])
for (const type of bits) for (const name of ['eq', 'ne']) defineComparison(name, type, whole[name])

for (const type of [...integers, ...bits, ...floats])
  define(`selp.${type}`, 4, (context, [to, a, b, where]) =>
    context.write(to, type, `${context.read(where, 'pred')} ? ${context.read(a, type)} : ${context.read(b, type)}`),
  )

for (const type of [...integers, ...floats, 'b16', 'b32', 'pred']) compute(`mov.${type}`, type, 1, (a) => a)
define('mov.b64', 2, (context, [to, from]) => {
  if (from.startsWith('{')) {
    const [low, high] = context.parts(from, 2).map((part) => context.read(part, 'b32'))
    return context.write(to, 'b64', `u64(${low}) | u64(${high}) << 32`)
  }
  const value = context.read(from, 'b64')
  if (!to.startsWith('{')) return context.write(to, 'b64', value)
  const [low, high] = context.parts(to, 2)
  return `{ const u64 both = ${value}; ${context.write(low, 'b32', 'u32(both)')} ${context.write(high, 'b32', 'u32(both >> 32)')} }`
})
define('cvta.to.global.u64', 2, (context, [to, from]) => context.write(to, 'u64', context.read(from, 'u64')))

/**
 * @param {string} form
 * @param {string} to
 * @param {string} from
 * @param {(value: string) => string} convert
 */
function defineConversion(form, to, from, convert) {
  define(`cvt.${form}${to}.${from}`, 2, (context, [d, a]) =>
    context.write(d, to === 'tf32' ? 'b32' : to, convert(context.readNarrowed(a, from)), true),
  )
}
for (const from of [...bytes, ...integers]) {
  for (const to of [...bytes, ...integers])
    if (to !== from) defineConversion('', to, from, (value) => `${to}(${value})`)
  for (const to of floats) defineConversion('rn.', to, from, (value) => `${to}(${value})`)
}
for (const from of floats)
  for (const to of wordIntegers) defineConversion('rzi.', to, from, (value) => `to_integer<${to}>(${value})`)
defineConversion('', 'f64', 'f32', (value) => `f64(${value})`)
defineConversion('rn.', 'f32', 'f64', (value) => `f32(${value})`)
defineConversion('sat.', 'f32', 'f32', (value) => `saturate(${value})`)
defineConversion('rna.', 'tf32', 'f32', (value) => `as<u32>(psilon::cuda::to_tf32(${value}))`)

// One thread runs at a time, and all see the same memory at once: how an access is ordered changes nothing. An address
// without a space is one of global memory, as nothing else is known to make one.
const loads = ['ld', 'ld.volatile', 'ld.relaxed.gpu', 'ld.acquire.gpu']
const stores = ['st', 'st.volatile', 'st.relaxed.gpu', 'st.release.gpu']
const spaces = { '': 'global', '.global': 'global', '.shared': 'shared', '.local': 'local' }
const moved = [...bytes, 'b8', ...integers, ...bits, ...floats]
for (const type of moved)
  for (const [vector, count] of /** @type {const} */ ([
    ['', 1],
    ['.v2', 2],
    ['.v4', 4],
  ])) {
    for (const space in spaces) {
      for (const load of loads) defineLoad(`${load}${space}${vector}.${type}`, spaces[space], type, count)
      for (const store of stores) defineStore(`${store}${space}${vector}.${type}`, spaces[space], type, count)
    }
    defineLoad(`ld.global.nc${vector}.${type}`, 'global', type, count)
    defineLoad(`ld.param${vector}.${type}`, 'parameter', type, count)
  }

/**
 * @param {string} form
 * @param {string} space
 * @param {string} type
 * @param {number} count
 */
function defineLoad(form, space, type, count) {
  define(form, 2, (context, [to, from]) => {
    const at = `self.${space}(${context.address(from)}, ${count * bytesOf(type)}, ${context.line})`
    const load = (/** @type {string} */ place) => `load<${cppType(type)}>(${place})`
    if (count === 1) return context.write(to, type, load(at), true)
    const parts = context.parts(to, count)
    const each = parts.map((part, i) => context.write(part, type, load(`at + ${i * bytesOf(type)}`), true))
    return `{ const auto* at = ${at}; ${each.join(' ')} }`
  })
}

/**
 * @param {string} form
 * @param {string} space
 * @param {string} type
 * @param {number} count
 */
function defineStore(form, space, type, count) {
  define(form, 2, (context, [to, from]) => {
    const at = `self.${space}(${context.address(to)}, ${count * bytesOf(type)}, ${context.line})`
    const values = context.parts(from, count).map((part) => context.readNarrowed(part, type))
    if (count === 1) return `store<${cppType(type)}>(${at}, ${values[0]});`
    const each = values.map((value, i) => `store<${cppType(type)}>(at + ${i * bytesOf(type)}, ${value});`)
    return `{ auto* at = ${at}; ${each.join(' ')} }`
  })
}

define('atom.global.add.u32', 3, (context, [to, at, by]) => {
  const address = `self.global(${context.address(at)}, 4, ${context.line})`
  return context.write(to, 'u32', `atomic_add(${address}, ${context.read(by, 'u32')})`)
})
for (const form of ['membar.cta', 'membar.gl', 'membar.sys', 'fence.acq_rel.gpu', 'fence.sc.gpu'])
  define(form, 0, () => ';')

define('bar.sync', 1, (context, [barrier]) => {
  if (barrier !== '0') context.refuse("a barrier that is not the block's")
  return `self.meet(${context.line});`
})
define('bar.warp.sync', 1, (context, [lanes]) => `self.meet_warp(${context.read(lanes, 'b32')}, ${context.line});`)
define('shfl.sync.bfly.b32', 5, (context, [to, from, lanes, clamp, mask]) => {
  const [value, inside] = to.split('|')
  const [bits, ...others] = [from, lanes, clamp, mask].map((operand) => context.read(operand, 'b32'))
  const moved = `const auto moved = self.shuffle_xor(${bits}, ${others.join(', ')}, ${context.line});`
  const known = inside === undefined ? '' : context.write(inside, 'pred', 'moved.inside')
  return `{ ${moved} ${context.write(value, 'b32', 'moved.bits')} ${known} }`
})
define('mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32', 4, (context, [to, a, b, c]) => {
  const list = (/** @type {string} */ operand, /** @type {number} */ count) =>
    context.parts(operand, count).map((part) => context.read(part, 'f32'))
  const given = `f32 c[4] = {${list(c, 4)}}; const f32 a[4] = {${list(a, 4)}}, b[2] = {${list(b, 2)}};`
  const results = context.parts(to, 4).map((part, i) => context.write(part, 'f32', `c[${i}]`))
  return `{ ${given} psilon::cuda::multiply_add_tf32(c, a, b, self.file, ${context.line}); ${results.join(' ')} }`
})

for (const form of ['bra', 'bra.uni']) define(form, 1, (_, [label]) => `goto ${Context.label(label)};`)
define('ret', 0, () => 'return;')

/**
 * The instruction of the context as a statement of C++.
 *
 * @param {Context} context
 */
export function translate(context) {
  const { form, operands, guard } = context.instruction
  const known = forms.get(form) ?? context.refuse(`the translator does not know ${form}`)
  if (operands.length !== known.operands)
    context.refuse(`${form} has ${operands.length} operands, expected ${known.operands}`)
  const statement = known.translate(context, operands)
  return guard === '' ? statement : `if (${context.read(guard, 'pred')}) { ${statement} }`
}
