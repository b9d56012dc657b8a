import type { Random } from './random.js'

/** A model file in parts: `header` is parsed, as is the JSON in its metadata, and may be anything after a mutation. */
interface Parts {
  header: Json
  numbers: Buffer
}

// biome-ignore lint/suspicious/noExplicitAny: JSON that is to become odd
type Json = any

const jsonNames = ['config', 'preprocessing', 'estimator']

/** The file with one fault, or some. */
export function mutated(file: Buffer, random: Random): Buffer {
  let bytes = file
  for (let k = random.pick([1, 1, 1, 2, 3]); k > 0; k--) bytes = random.pick(mutations)(bytes, random)
  return bytes
}

type Mutation = (file: Buffer, random: Random) => Buffer

function splice(file: Buffer, random: Random, insert: (removed: Buffer) => Buffer): Buffer {
  const at = random.below(file.length)
  const removed = file.subarray(at, at + 1 + random.below(random.pick([1, 8, 64])))
  return Buffer.concat([file.subarray(0, at), insert(removed), file.subarray(at + removed.length)])
}

const flipBit: Mutation = (file, random) =>
  splice(file, random, (removed) =>
    Buffer.from(removed.map((byte, i) => (i === 0 ? byte ^ (1 << random.below(8)) : byte))),
  )
const overwrite: Mutation = (file, random) =>
  splice(file, random, (removed) => Buffer.from(removed.map(() => random.below(256))))
const remove: Mutation = (file, random) => splice(file, random, () => Buffer.alloc(0))
const repeat: Mutation = (file, random) => splice(file, random, (removed) => Buffer.concat([removed, removed]))
const cut: Mutation = (file, random) => file.subarray(0, random.below(file.length))

const changeLength: Mutation = (file, random) => {
  if (file.length < 8) return file
  const copy = Buffer.from(file)
  const length = copy.readBigUInt64LE()
  const others = [0n, length + 1n, length - 1n, length * 2n, BigInt(file.length), 2n ** 24n, 2n ** 53n, 2n ** 64n - 1n]
  copy.writeBigUInt64LE(BigInt.asUintN(64, random.pick(others)))
  return copy
}

/** A mutation of a file whose header can still be read; others are left as they are. */
function ofParts(change: (parts: Parts, random: Random) => void): Mutation {
  return (file, random) => {
    const parts = split(file)
    if (parts === undefined) return file
    change(parts, random)
    return join(parts)
  }
}

function split(file: Buffer): Parts | undefined {
  try {
    const length = Number(file.readBigUInt64LE())
    const header: Json = JSON.parse(file.toString('utf8', 8, 8 + length))
    for (const name of jsonNames) {
      const text = header.__metadata__[name]
      if (text !== undefined) header.__metadata__[name] = { json: JSON.parse(text) }
    }
    return { header, numbers: Buffer.from(file.subarray(8 + length)) }
  } catch {
    return undefined
  }
}

function join({ header, numbers }: Parts): Buffer {
  for (const name of jsonNames) {
    const entry = header?.__metadata__?.[name]
    if (entry?.json !== undefined) header.__metadata__[name] = JSON.stringify(entry.json)
  }
  const text = Buffer.from(JSON.stringify(header) ?? 'null')
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([size, text, numbers])
}

/** An object or array somewhere within, and a key of it. */
function place(header: Json, random: Random): [holder: Json, key: string] {
  for (let holder = header; ; ) {
    const key = random.pick(Object.keys(holder))
    const inner = holder[key]
    if (typeof inner !== 'object' || inner === null || Object.keys(inner).length === 0) return [holder, key]
    if (random.below(6) === 0) return [holder, key]
    holder = inner
  }
}

const oddities: readonly Json[] = [
  ...[
    null,
    true,
    false,
    '',
    'x',
    '\u001b[2J',
    'x'.repeat(500),
    '__proto__',
    'constructor',
    'NaN',
    '1',
    'F64',
    'resnet',
  ],
  ...[0, -0, -1, 1, 2, 3, 0.5, 1e-320, 1e-38, 1e38, 1e308, 2 ** 31, 2 ** 53, 1e6, 1001],
  ...[[], {}, [[]], [1], [-1, 1], [2 ** 40, 2 ** 40], { length: 3 }, ['a', 'a'], [null]],
]

const replaceValue = ofParts(({ header }, random) => {
  const [holder, key] = place(header, random)
  holder[key] = structuredClone(random.pick(oddities))
})
const nudge = ofParts(({ header }, random) => {
  const [holder, key] = place(header, random)
  if (typeof holder[key] === 'number')
    holder[key] = holder[key] * random.pick([2, -1, 0.5, 1e300, 1e-300]) + random.pick([0, 1, -1])
  else if (typeof holder[key] === 'boolean') holder[key] = !holder[key]
})
const removeEntry = ofParts(({ header }, random) => {
  const [holder, key] = place(header, random)
  if (Array.isArray(holder)) holder.splice(Number(key), 1)
  else delete holder[key]
})
const renameEntry = ofParts(({ header }, random) => {
  const [holder, key] = place(header, random)
  const value = holder[key]
  delete holder[key]
  holder[random.pick([...Object.keys(header), `${key}x`, '', '0', 'layers.0.v', '__proto__'])] = value
})
const swapValues = ofParts(({ header }, random) => {
  const [[a, x], [b, y]] = [place(header, random), place(header, random)]
  const [first, second] = [structuredClone(a[x]), structuredClone(b[y])]
  a[x] = second
  b[y] = first
})
const repeatItem = ofParts(({ header }, random) => {
  const [holder, key] = place(header, random)
  if (Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]))
  else holder[`${key}2`] = structuredClone(holder[key])
})

const numbers = [0, -0, 1e-45, 1e-39, 1e-30, 1e-19, 1, -1, 1e10, 1e19, 1e30, 1e36, 3e38, -3e38, Number.NaN, Infinity]

/** Whole tensors, or single numbers in them. */
const setNumbers = ofParts(({ header, numbers: bytes }, random) => {
  const isSize = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0
  const tensors = Object.values<Json>(header).filter((entry) => {
    const offsets = entry?.data_offsets
    return Array.isArray(offsets) && isSize(offsets[0]) && isSize(offsets[1])
  })
  if (tensors.length === 0) return
  const { dtype, data_offsets: offsets } = random.pick(tensors)
  const width = dtype === 'F64' ? 8 : 4
  const whole = random.below(2) === 0
  const value = random.pick(numbers) * (dtype === 'F64' && random.below(4) === 0 ? 1e270 : 1)
  for (let at = offsets[0]; at + width <= Math.min(offsets[1], bytes.length); at += width) {
    if (!whole && random.below(3) !== 0) continue
    if (width === 8) bytes.writeDoubleLE(value, at)
    else bytes.writeFloatLE(value, at)
  }
})

const mutations: Mutation[] = [
  ...[flipBit, overwrite, remove, repeat, cut, changeLength],
  ...[replaceValue, replaceValue, nudge, removeEntry, renameEntry, swapValues, repeatItem],
  ...[setNumbers, setNumbers, setNumbers, setNumbers, setNumbers],
]
