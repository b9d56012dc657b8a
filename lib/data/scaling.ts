import { checkScale, moments, quartiles } from './moments.js'

export const scalingKinds = ['standard', 'asinh'] as const
/** How a column of numbers becomes an input. */
export type ScalingKind = (typeof scalingKinds)[number]

/**
 * (value - mean) / deviation; or with asinh, the same for asinh((value - center) / scale), which is nearly linear
 * around the center and grows like a logarithm far from it.
 */
export interface Scaling {
  mean: number
  /** Population standard deviation, above 0. With asinh, both are those of asinh((value - center) / scale). */
  deviation: number
  /** Median, and the deviation of a normal distribution with the same inter-quartile range. */
  asinh?: { center: number; scale: number }
}

/** Inter-quartile range of a normal distribution whose deviation is 1. */
const normalRange = 1.349

/** Two different values are always standardised, because any scaling gives the same. @param values not all the same. */
export function learnScaling(values: Float64Array, kind: ScalingKind, name: string): Scaling {
  const whole = moments(values)
  checkScale(whole.mean, whole.deviation, name)
  if (kind === 'standard' || new Set(values).size === 2) return whole
  const { median: center, range } = quartiles(values)
  const scale = range > 0 ? range / normalRange : whole.deviation
  const bent = values.map((value) => Math.asinh((value - center) / scale))
  const { mean, deviation } = moments(bent)
  checkScale(mean, deviation, name)
  return { mean, deviation, asinh: { center, scale } }
}

export function scaled(value: number, { mean, deviation, asinh }: Scaling): number {
  const bent = asinh === undefined ? value : Math.asinh((value - asinh.center) / asinh.scale)
  return (bent - mean) / deviation
}

/** Describes the values from which a scaling was learned. */
export function usualValues({ mean, deviation, asinh }: Scaling): string {
  if (asinh !== undefined) return `median ${asinh.center} and spread ${asinh.scale}`
  return `mean ${mean} and deviation ${deviation}`
}

/** Names of the unit that unitOf returns. */
export const unitNames: Record<ScalingKind, string> = { standard: 'deviation', asinh: 'step' }

/** With asinh, the change of the column that moves its input by 1 depends on the value. */
export const stepMeaning = 'a step is the smallest change of a column that changes its input by 1'

/** The smallest change of the column that changes the input by 1: the slope of asinh is at most 1. */
export function unitOf({ deviation, asinh }: Scaling): number {
  return asinh === undefined ? deviation : deviation * asinh.scale
}
