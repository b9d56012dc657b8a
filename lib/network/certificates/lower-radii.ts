import { guard, native, ours } from '../../core/native.js'
import type { Level } from '../../words.js'
import { margins, predictedMargins } from './ask.js'
import type { Asking } from './asking.js'
import type { Cases } from './cases.js'
import type { Subject } from './subject.js'

/** Radii are known to this share of themselves. */
export const accuracy = 1e-3
const most = 2 ** 40
const least = 2 ** -40
/** The share by which steps end below where a bound is likely to cross 0, so that the next is likely to prove it. */
const aim = 0.6 * accuracy
const maxSteps = 100
const down = 1 - 2 ** -40

type Point = readonly [scale: number, bound: number]

/** Bounds of a margin at scales where it is proved, in ascending order from 0 on, and at the least where it is not. */
interface Bracket {
  low: number
  high: number
  proved: Point[]
  failed: Point | null
  /** Steps that have found no upper end. */
  grown: number
}

/** What is proved of cases: radii, and bounds of margins that the next level begins with. */
export interface Proved {
  radii: Float64Array
  points: ReadonlyMap<number, readonly Point[]>
}

/** The level that is asked, and whose bounds count: at 'linear' those of 'local' come along. */
export interface Asked {
  level: Level
  counts: 'lower' | 'local'
}

/**
 * The largest scale of each case at which a level proves its class, found by interpolation, and never below `known`.
 * Infinity if no scale changes it, 0 where rounding alone might.
 */
export function* lowerRadii(subject: Subject, cases: Cases, { level, counts }: Asked, known: Proved): Asking<Proved> {
  const radii = Float64Array.from(known.radii)
  const brackets = yield* beginning(subject, cases, { radii, points: known.points })
  const points = new Map(Array.from(brackets, ([index, { proved }]) => [index, [...proved]]))
  for (let step = 0; brackets.size > 0 && step < maxSteps; step++) {
    const indices = [...brackets.keys()]
    const scales = indices.map((index) => nextScale(brackets.get(index) as Bracket))
    const answers = yield* margins(subject, cases, level, { indices, scales })
    indices.forEach((index, k) => {
      const bracket = brackets.get(index) as Bracket
      points.get(index)?.push([scales[k], answers.lower[k]])
      narrow(bracket, scales[k], answers[counts][k])
      radii[index] = Math.max(radii[index], bracket.low * down)
      if (isDone(bracket)) brackets.delete(index)
    })
  }
  return { radii, points }
}

/** The cases whose radius is neither 0 nor Infinity; that of the others is known now. */
function* beginning(subject: Subject, cases: Cases, { radii, points }: Proved): Asking<Map<number, Bracket>> {
  const indices = Array.from(radii.keys()).filter((index) => radii[index] < Infinity)
  if (indices.length === 0) return new Map()
  const isFixed = !hasEffect(subject, cases)
  const fresh = indices.filter((index) => isFixed || !points.has(index))
  const atZero = yield* marginsAtZero(subject, cases, fresh, radii)
  const known = new Map(fresh.map((index, k): [number, readonly Point[]] => [index, [[0, atZero[k]]]]))
  return new Map(
    indices.flatMap((index): [number, Bracket][] => {
      const own = known.get(index) ?? (points.get(index) as readonly Point[])
      const isProved = own[0][1] > 0
      if (isProved && isFixed) radii[index] = Infinity
      return isProved && !isFixed ? [[index, bracketOf(radii[index], own)]] : []
    }),
  )
}

function bracketOf(radius: number, points: readonly Point[]): Bracket {
  const ascending = [...points].sort(([a], [b]) => a - b)
  const proved = ascending.filter(([, bound]) => bound > 0)
  const low = Math.max(radius, proved[proved.length - 1][0])
  const failed = ascending.find(([scale, bound]) => scale > low && !(bound > 0)) ?? null
  return { low, high: failed?.[0] ?? Infinity, proved, failed, grown: 0 }
}

/** The predicted margin of cases that have a radius; of others, what is proved of it. */
function* marginsAtZero(
  subject: Subject,
  cases: Cases,
  indices: readonly number[],
  radii: Float64Array,
): Asking<Float64Array> {
  if (indices.length === 0) return new Float64Array()
  const found = yield* predictedMargins(subject, cases, indices)
  const unproved = [...found.keys()].filter((k) => !(radii[indices[k]] > 0))
  if (unproved.length === 0) return found
  const scales = unproved.map(() => 0)
  const { lower } = yield* margins(subject, cases, 'local', { indices: unproved.map((k) => indices[k]), scales })
  unproved.forEach((k, at) => {
    found[k] = lower[at]
  })
  return found
}

/** Whether anything that moves can change an output. */
function hasEffect({ mean, outputs }: Subject, cases: Cases): boolean {
  for (let output = 0; output < outputs; output++) {
    const slopes = ours(guard(() => native.influence(mean, 'tight', output)))
    if (slopes.some((slope, j) => slope > 0 && cases.moving[j])) return true
  }
  return false
}

/** Where to look next: beyond what is known; then where a curve through known bounds crosses 0. */
function nextScale({ low, high, proved, failed, grown }: Bracket): number {
  if (low >= most) return Infinity
  if (failed === null) {
    if (proved.length === 1) return low === 0 ? 1 : low * 1.5
    // where inputs have limits, it may never cross
    const least = low * (grown < 8 ? 1 + accuracy / 2 : 4 ** (grown - 7))
    return Math.max(Math.min(crossing(proved.slice(-3)) * (1 - aim), low * 16), least)
  }
  if (proved.length === 1 && low === 0) return Math.max(high / 16, 0.8 * crossing([...proved, failed]))
  if (failed[1] === -Infinity) return Math.sqrt(low * high)
  const aimed = crossing([...proved.slice(-2), failed]) * (1 - aim)
  const margin = Math.min(low * (accuracy / 2), (high - low) / 4)
  const middle = (low + high) / 2
  const inside = aimed > low && aimed < high ? aimed : middle
  return grown < maxSteps / 4 ? Math.min(Math.max(inside, low + margin), high - margin / 2) : middle
}

/** Where the parabola through three points, or the line through two, crosses 0 beyond the first. */
function crossing(points: readonly Point[]): number {
  const [[x0, y0], [x1, y1]] = points.slice(-2)
  const slope = (y1 - y0) / (x1 - x0)
  const line = y1 < y0 ? x0 - y0 / slope : x1 * 2
  if (points.length < 3) return line
  const [xa, ya] = points[points.length - 3]
  const bend = (slope - (y0 - ya) / (x0 - xa)) / (x1 - xa)
  // y = y1 + b (x - x1) + bend (x - x1)^2
  const b = slope + bend * (x1 - x0)
  const root = b * b - 4 * bend * y1
  if (!(bend < 0) || !(root >= 0)) return line
  return x1 - (2 * y1) / (b - Math.sqrt(root))
}

function narrow(bracket: Bracket, scale: number, bound: number): void {
  bracket.grown++
  if (bound > 0) {
    bracket.low = scale
    bracket.proved.push([scale, bound])
  } else {
    bracket.high = scale
    bracket.failed = [scale, bound]
  }
}

/** Also where the bound at the lower end is as good as 0: it falls ever faster. */
function isDone({ low, high, proved, failed }: Bracket): boolean {
  if (low === Infinity || high <= least || (high === Infinity && failed !== null)) return true
  const [[, atZero], [, atLow]] = [proved[0], proved[proved.length - 1]]
  return high <= low * (1 + accuracy) || (proved[proved.length - 1][0] === low && atLow < accuracy * (atZero - atLow))
}
