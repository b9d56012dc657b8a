import { bisectRight, range } from 'd3-array'
import { ascending, odd, positive } from '../../io/json-reader.js'
import { checkScale } from '../moments.js'
import { normalQuantile } from '../normal-quantile.js'
import { monotone } from './monotone.js'
import { resolution } from './resolution.js'
import { roundest } from './roundest.js'

const mostKnots = 64
/** Of quantiles: enough for those of neighbouring rows of millions to differ. */
const digits = 8
/** As if this share of the rows lay beyond either end, so that sparse ends are not steep. */
const shareBeyond = 0.01

export interface Figures {
  /** Values in ascending order. */
  knots: number[]
  /** The normal quantiles of their ranks. */
  quantiles: number[]
  /** The deviation of the values: beyond the ends the curve takes at least this to rise by 1. */
  spread: number
}

/**
 * The normal quantile of a value's rank, standardised: linear between at most 64 knots, into which close values are
 * merged, and beyond them as steep as the last segment, but never steeper than 1 per deviation of the values.
 */
export const rankNormal = monotone<'rank-normal', Figures>('rank-normal', {
  learn({ name, sorted }, deviation) {
    checkScale(0, sorted[sorted.length - 1] - sorted[0], name)
    const groups = thinned(groupsOf(sorted, resolution(sorted, deviation)), sorted.length)
    return {
      knots: groups.map(({ low, high }) => roundest(low + (high - low) / 4, high - (high - low) / 4)),
      quantiles: groups.map(({ from, to }) => {
        const middleRank = (from + to) / 2 / sorted.length
        const quantile = normalQuantile((middleRank + shareBeyond) / (1 + 2 * shareBeyond))
        return Number(quantile.toPrecision(digits))
      }),
      spread: deviation,
    }
  },
  at(figures, value) {
    const { knots, quantiles } = figures
    const last = knots.length - 1
    if (value < knots[0]) return quantiles[0] - (knots[0] - value) / tailStep(figures, 0)
    if (value >= knots[last]) return quantiles[last] + (value - knots[last]) / tailStep(figures, last - 1)
    const k = bisectRight(knots, value) - 1
    const share = (value - knots[k]) / (knots[k + 1] - knots[k])
    return quantiles[k] + share * (quantiles[k + 1] - quantiles[k])
  },
  step: (figures) => Math.min(...range(figures.knots.length - 1).map((k) => segmentStep(figures, k))),
  usualValues: ({ knots }) => `values from about ${knots[0]} to ${knots[knots.length - 1]}`,
  read: {
    knots: ascending(2, 1000),
    quantiles: ascending(2, 1000),
    spread: positive,
  },
  check({ knots, quantiles }, path) {
    if (knots.length === quantiles.length) return
    odd(`${path} has ${knots.length} knots and ${quantiles.length} quantiles, expected as many`)
  },
})

/** The change of the value that moves the curve by 1 in segment k. */
function segmentStep({ knots, quantiles }: Figures, k: number): number {
  return (knots[k + 1] - knots[k]) / (quantiles[k + 1] - quantiles[k])
}

const tailStep = (figures: Figures, k: number): number => Math.max(segmentStep(figures, k), figures.spread)

/** Sorted values from index `from` to before `to`. */
interface Group {
  from: number
  to: number
  low: number
  high: number
}

/** Groups of values that are at most `width` apart. */
function groupsOf(sorted: Float64Array, width: number): Group[] {
  const groups: Group[] = []
  sorted.forEach((value, i) => {
    const group = groups.at(-1)
    if (group === undefined || value - group.low > width) groups.push({ from: i, to: i + 1, low: value, high: value })
    else Object.assign(group, { to: i + 1, high: value })
  })
  return groups
}

/** Of many groups those at evenly spaced ranks, the first and the last among them. */
function thinned(groups: Group[], rows: number): Group[] {
  if (groups.length <= mostKnots) return groups
  const ranks = range(mostKnots).map((k) => Math.round((k * (rows - 1)) / (mostKnots - 1)))
  return groups.filter(({ from, to }) => ranks.some((rank) => rank >= from && rank < to))
}
