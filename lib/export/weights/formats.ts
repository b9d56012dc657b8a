import { max } from 'd3-array'
import type { Floats } from '../../core/native.js'
import { Refusal, setting, words } from '../../errors/refusal.js'
import { figure } from '../../print.js'

/** How exported code has the weights of a layer, or its biases: as they are, or as the nearest numbers of fewer bits. */
export const weightFormats = ['exact', 'float16', 'int8'] as const
export type WeightFormat = (typeof weightFormats)[number]
export type RoundedFormat = Exclude<WeightFormat, 'exact'>

/** The nearest numbers of a format; those of 'int8' are multiples of a unit. @throws Refusal ERR_UNSUPPORTED if there are none. */
export function roundedTo(format: RoundedFormat, numbers: Floats): Float64Array {
  const codes = codesOf(format, numbers)
  if (format === 'float16') return Float64Array.from(codes, halfOf)
  const unit = unitOf(numbers)
  return Float64Array.from(codes, (code) => unit * code)
}

/** The numbers as a format stores them. */
export function codesOf(format: RoundedFormat, numbers: Floats): number[] {
  if (format === 'float16') return Array.from(numbers, halfCode)
  const unit = unitOf(numbers)
  return Array.from(numbers, (number) => (unit === 0 ? 0 : Math.round(number / unit)))
}

/**
 * The unit of 'int8': the largest number is 127 units. It has 17 bits, so that float32 holds 127 units exactly; of numbers that
 * are rounded already it is the same unit again.
 */
export function unitOf(numbers: Floats): number {
  const largest = max(numbers, Math.abs) as number
  const least = largest / 127
  if (least < 2 ** -100) return 0
  if (least > 2 ** 100) refuseLarge(largest, 127 * 2 ** 100, 'int8', 'exact')
  const grain = 2 ** (exponentOf(least) - 16)
  return Math.ceil(least / grain) * grain
}

/** The exponent of the greatest power of two that is not above the number. */
function exponentOf(number: number): number {
  const near = Math.floor(Math.log2(number))
  if (2 ** near > number) return near - 1
  return 2 ** (near + 1) <= number ? near + 1 : near
}

const largestHalf = 65504

/** The bits of the nearest float16, of two equally near ones the even one. */
function halfCode(number: number): number {
  const size = Math.abs(number)
  const exponent = Math.max(-14, size === 0 ? -14 : exponentOf(size))
  const grains = size / 2 ** (exponent - 10)
  const below = Math.floor(grains)
  const odd = below % 2
  const rounded = grains - below > 0.5 || (grains - below === 0.5 && odd === 1) ? below + 1 : below
  const code = (exponent + 14) * 1024 + rounded
  if (code >= 0x7c00) refuseLarge(number, largestHalf, 'float16', 'int8')
  return code + (number < 0 ? 0x8000 : 0)
}

function refuseLarge(number: number, most: number, format: RoundedFormat, other: WeightFormat): never {
  const found = `the network has the number ${figure(number)}, and ${format} has none beyond ${figure(most, 5)}`
  throw new Refusal('ERR_UNSUPPORTED', words`${found}; expected ${setting('weights', other)}`)
}

function halfOf(code: number): number {
  const [exponent, fraction] = [(code >> 10) & 31, code & 1023]
  const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25)
  return code & 0x8000 ? -size : size
}
