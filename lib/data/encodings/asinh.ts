import { number, positive } from '../../io/json-reader.js'
import { centerAndSpread } from '../moments.js'
import { monotone } from './monotone.js'

/**
 * asinh((value - center) / scale), standardised: nearly linear around the center, and like a logarithm far from it. The
 * center is the median, the scale the deviation of a normal distribution with the same inter-quartile range.
 */
export const asinh = monotone('asinh', {
  learn({ sorted }, deviation) {
    const { center, spread } = centerAndSpread(sorted, deviation)
    return { center, scale: spread }
  },
  at: ({ center, scale }, value) => Math.asinh((value - center) / scale),
  // the slope of asinh is at most 1
  step: ({ scale }) => scale,
  usualValues: ({ center, scale }) => `median ${center} and spread ${scale}`,
  read: { center: number, scale: positive },
})
