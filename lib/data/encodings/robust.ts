import { number, positive } from '../../io/json-reader.js'
import { quartiles } from '../moments.js'
import { monotone } from './monotone.js'

/** The curve stays below this in magnitude. */
const limit = 3

/**
 * z / sqrt(1 + (z / 3)^2), standardised, for z = (value - center) / scale: linear around the center, and never beyond 3
 * before it is standardised. The center is the median, the scale the inter-quartile range, or half the whole range if
 * that is 0.
 *
 * RealMLP, Holzmüller et al. 2024, arXiv 2407.04491
 */
export const robust = monotone('robust', {
  learn({ sorted }) {
    const { median, range } = quartiles(sorted)
    const half = sorted[sorted.length - 1] / 2 - sorted[0] / 2
    return { center: median, scale: range > 0 ? range : half }
  },
  at: ({ center, scale }, value) => smoothClip((value - center) / scale),
  // the slope of the clip is at most 1
  step: ({ scale }) => scale,
  usualValues: ({ center, scale }) => `median ${center} and spread ${scale}`,
  read: { center: number, scale: positive },
})

/** In two forms, so that the square of a large number does not overflow. */
function smoothClip(z: number): number {
  if (Math.abs(z) <= limit) return z / Math.sqrt(1 + (z / limit) ** 2)
  return (Math.sign(z) * limit) / Math.sqrt(1 + (limit / z) ** 2)
}
