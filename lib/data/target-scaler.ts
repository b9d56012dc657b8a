import type { Floats } from '../core/native.js'
import { Refusal, setting, words } from '../errors/refusal.js'
import { number, object, oneOf, optional, positive } from '../io/json-reader.js'
import { refuseFaults } from '../tables/faults.js'
import type { Table } from '../tables/table.js'
import { checkScale, isConstant, moments, quartiles } from './moments.js'
import { numericTarget } from './target.js'
import { type TargetTransform, targetTransforms, transformTraits } from './target-transform.js'

/**
 * More than what exp, expm1 and log of any library round, of 1 + |value|: they are within an ulp or two of the exact value.
 */
const functionRounding = 2 ** -50

/** A center, and half the inter-quartile range; if that is zero, the population standard deviation. */
interface Scale {
  center: number
  scale: number
}

/** Regression targets, transformed, in units of half their inter-quartile range around their median. */
export class TargetScaler {
  readonly center: number
  readonly scale: number

  /** @param spread the scale of the target itself. */
  private constructor(
    readonly transform: TargetTransform,
    { center, scale }: Scale,
    readonly spread: number,
  ) {
    this.center = center
    this.scale = scale
  }

  /** @throws Refusal ERR_DATA for a constant target, and cells that have no logarithm. */
  static learn(table: Table, name: string, transform: TargetTransform): TargetScaler {
    const values = transformable(table, name, transform)
    const own = scaleOf(values, name)
    const { forward, text } = transformTraits[transform]
    const learned = transform === 'none' ? own : scaleOf(values.map(forward), text(name))
    return new TargetScaler(transform, learned, own.scale)
  }

  /** What is learned, such as `ln(price)`. */
  learnedText(target: string): string {
    return transformTraits[this.transform].text(target)
  }

  /** Scaled targets of the rows. @throws Refusal ERR_DATA for cells that are not numbers or have no logarithm. */
  encode(table: Table, name: string): Float64Array {
    const { forward } = transformTraits[this.transform]
    return transformable(table, name, this.transform).map((value) => (forward(value) - this.center) / this.scale)
  }

  /** Targets of outputs; Infinity beyond the range of a double. */
  targetsOf(outputs: Floats): Float64Array {
    const { inverse } = transformTraits[this.transform]
    return Float64Array.from(outputs, (output) => inverse(output * this.scale + this.center))
  }

  /** Targets of outputs. @throws Refusal ERR_NON_FINITE if one exceeds the range of a double. */
  inverse(outputs: Floats): Float64Array {
    const all = this.targetsOf(outputs)
    const row = all.findIndex((value) => !Number.isFinite(value))
    if (row < 0) return all
    const output = outputs[row]
    const how =
      this.transform === 'none'
        ? `${output} times the target's scale ${this.scale}`
        : `${output}, a target whose logarithm is ${output * this.scale + this.center},`
    throw new Refusal('ERR_NON_FINITE', `row ${row}: the output ${how} exceeds the range of a number`)
  }

  /** Ends between which predictions are whose outputs are between these, whatever library undoes the transform. */
  inverseRange({ lower, upper }: { lower: Floats; upper: Floats }): { lower: Float64Array; upper: Float64Array } {
    const ends = { lower: this.inverse(lower), upper: this.inverse(upper) }
    if (this.transform === 'none') return ends
    const { above } = transformTraits[this.transform]
    const widened = (value: number, sign: number) =>
      Math.max(above, value + sign * functionRounding * (Math.abs(value) - Math.min(0, above)))
    return {
      lower: ends.lower.map((value) => widened(value, -1)),
      upper: ends.upper.map((value) => widened(value, 1)),
    }
  }

  toJSON() {
    const { transform, center, scale, spread } = this
    return transform === 'none' ? { center, scale } : { transform, center, scale, spread }
  }

  static fromJSON(value: unknown): TargetScaler {
    const { transform = 'none', spread, ...scale } = readScaler(value, 'target')
    return new TargetScaler(transform, scale, spread ?? scale.scale)
  }
}

const readScaler = object({
  transform: optional(oneOf(...targetTransforms)),
  center: number,
  scale: positive,
  spread: optional(positive),
})

/** @throws Refusal ERR_DATA for a constant target. */
function scaleOf(values: Float64Array, name: string): Scale {
  const sorted = values.slice().sort()
  if (isConstant(sorted)) {
    throw new Refusal('ERR_DATA', `the target "${name}" is constant (${values[0]}), nothing to learn`)
  }
  const { median, range } = quartiles(sorted)
  const scale = range > 0 ? range / 2 : moments(values).deviation
  checkScale(median, scale, name)
  return { center: median, scale }
}

/** The numbers of a target column of which a transform can be taken. */
function transformable(table: Table, name: string, transform: TargetTransform): Float64Array {
  const values = numericTarget(table, name)
  const { above } = transformTraits[transform]
  const faults: [row: number, found: string][] = []
  values.forEach((value, row) => {
    if (!(value > above)) faults.push([row, `got ${value}, expected a number above ${above}`])
  })
  refuseFaults(table, name, faults, words`, for ${setting('targetTransform', transform)}`)
  return values
}
