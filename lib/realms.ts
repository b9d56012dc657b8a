import { types } from 'node:util'

/**
 * Tests of values from any realm: each context of node:vm, and so each Jest test file, has its own typed arrays, dates
 * and prototypes, for which `instanceof` is false. None of these functions throws, whatever the value.
 */

export const { isFloat32Array, isFloat64Array } = types

export type Floats = Float32Array | Float64Array

export const isFloats = (value: unknown): value is Floats => isFloat32Array(value) || isFloat64Array(value)

export function isArray(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value)
  } catch {
    return false // a proxy that was revoked
  }
}

/** The first entries of an array, at most `most`, each read once; holes are undefined. */
export function entriesOf(array: readonly unknown[], most: number): unknown[] {
  return Array.from({ length: Math.min(array.length, most) }, (_, k) => array[k])
}

export const isTypedArray = (value: unknown): value is ArrayLike<number | bigint> => types.isTypedArray(value)

/** Whether others can change, resize or detach its memory. */
export function isUnsteady({ buffer }: ArrayBufferView): boolean {
  return types.isSharedArrayBuffer(buffer) || (buffer as { resizable?: boolean }).resizable === true
}

/**
 * An object of named values, whatever its class: not an array, a collection, a date, an error or another built-in object.
 */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  try {
    return /^\[object (Object|Module)\]$/.test(Object.prototype.toString.call(value))
  } catch {
    return false
  }
}

/** An object without a class: from a literal or JSON, or without a prototype. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  try {
    const prototype: unknown = Object.getPrototypeOf(value)
    return prototype === null || isObjectPrototype(prototype)
  } catch {
    return false
  }
}

/** Whether the object or its class has the property; properties added to all objects do not count. */
export function has(object: object, name: string): boolean {
  for (let holder: object | null = object; holder !== null; holder = Object.getPrototypeOf(holder)) {
    if (Object.hasOwn(holder, name)) return !isObjectPrototype(holder)
  }
  return false
}

/** `Object.prototype` of any realm. */
function isObjectPrototype(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === null &&
    Object.hasOwn(value, 'hasOwnProperty')
  )
}

/** An AbortSignal, also from another realm or library. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  try {
    const { aborted, addEventListener, removeEventListener } = value as AbortSignal
    const listens = typeof addEventListener === 'function' && typeof removeEventListener === 'function'
    return listens && typeof aborted === 'boolean'
  } catch {
    return false
  }
}

const numberArrays = { Float32Array, Float64Array, Int32Array, Uint32Array }

/** Plain data, in arrays and objects of this realm; typed arrays share their memory with those given. */
export function inThisRealm<T>(data: T): T {
  return partsInThisRealm(data) as T
}

function partsInThisRealm(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data
  if (Array.isArray(data)) return Array.from(data, partsInThisRealm)
  if (!types.isTypedArray(data)) {
    return Object.fromEntries(Object.entries(data).map(([name, part]) => [name, partsInThisRealm(part)]))
  }
  const Kind = numberArrays[data[Symbol.toStringTag] as keyof typeof numberArrays]
  return new Kind(data.buffer as ArrayBuffer, data.byteOffset, data.length)
}
