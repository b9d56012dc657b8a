import { Refusal } from '../errors/refusal.js'

export type Numbers = ArrayLike<number>

export function checkLengths(name: string, values: ArrayLike<unknown>, actual: ArrayLike<unknown>): void {
  if (values.length !== actual.length) {
    const found = `${name} has ${values.length} values, actual has ${actual.length}`
    throw new Refusal('ERR_SHAPE', found)
  }
  if (actual.length === 0) fail('actual is empty, expected at least one row')
}

export function checkFinite(name: string, values: Numbers): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) fail(`${name}[${i}] is ${values[i]}, expected a finite number`)
  }
}

export function fail(message: string): never {
  throw new Refusal('ERR_DATA', message)
}
