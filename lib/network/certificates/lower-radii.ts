import { guard, native, ours } from '../../core/native.js'
import type { Level } from '../../words.js'
import { margins } from './ask.js'
import type { Cases } from './cases.js'
import type { Subject } from './subject.js'

/** Radii are known to this share of themselves. */
export const accuracy = 1e-3
const most = 2 ** 40
const least = 2 ** -40
const maxSteps = 100
const down = 1 - 2 ** -40

/** A scale at which a margin is positive, one at which its bound is not, and the bounds there. */
interface Bracket {
  low: number
  high: number
  atLow: number
  atHigh: number
  /** The margin where nothing moves. */
  atZero: number
  /** Which end the last step has kept. */
  kept: 'low' | 'high' | null
  /** Steps that have found no upper end. */
  grown: number
}

/**
 * The largest scale of each case at which a level proves its class, found by regula falsi, and never below `known`.
 * Infinity if no scale changes it, 0 where rounding alone might.
 */
export async function lowerRadii(
  subject: Subject,
  cases: Cases,
  level: Level,
  known: Float64Array,
): Promise<Float64Array> {
  const radii = Float64Array.from(known)
  const brackets = await beginning(subject, cases, radii)
  for (let step = 0; brackets.size > 0 && step < maxSteps; step++) {
    const indices = [...brackets.keys()]
    const scales = indices.map((index) => nextScale(brackets.get(index) as Bracket))
    const { lower } = await margins(subject, cases, level, { indices, scales })
    indices.forEach((index, k) => {
      const bracket = brackets.get(index) as Bracket
      narrow(bracket, scales[k], lower[k])
      radii[index] = Math.max(radii[index], bracket.low * down)
      if (isDone(bracket)) brackets.delete(index)
    })
  }
  return radii
}

/** The cases whose radius is neither 0 nor Infinity; that of the others is known now. */
async function beginning(subject: Subject, cases: Cases, radii: Float64Array): Promise<Map<number, Bracket>> {
  const indices = Array.from(radii.keys()).filter((index) => radii[index] < Infinity)
  if (indices.length === 0) return new Map()
  const isFixed = !hasEffect(subject, cases)
  const { lower } = await margins(subject, cases, 'local', { indices, scales: indices.map(() => 0) })
  const brackets = new Map<number, Bracket>()
  indices.forEach((index, k) => {
    if (lower[k] > 0 && isFixed) radii[index] = Infinity
    if (!(lower[k] > 0) || isFixed) return
    const bounds = { atLow: Number.NaN, atHigh: Number.NaN, atZero: lower[k] }
    brackets.set(index, { low: radii[index], high: Infinity, ...bounds, kept: null, grown: 0 })
  })
  return brackets
}

/** Whether anything that moves can change an output. */
function hasEffect({ mean, outputs }: Subject, cases: Cases): boolean {
  for (let output = 0; output < outputs; output++) {
    const slopes = ours(guard(() => native.influence(mean, 'tight', output)))
    if (slopes.some((slope, j) => slope > 0 && cases.moving[j])) return true
  }
  return false
}

/** Where to look next: beyond what is known; then where lines through known bounds cross 0. */
function nextScale({ low, high, atLow, atHigh, atZero, grown }: Bracket): number {
  if (low >= most) return Infinity
  if (high === Infinity) {
    if (Number.isNaN(atLow)) return low === 0 ? 1 : low * 1.5
    // bounds fall faster and faster: the line from 0 crosses too late
    const crossing = (low * atZero) / (atZero - atLow)
    // where inputs have limits, it may never cross
    const least = low * (grown < 4 ? 1.01 : 4 ** grown)
    return Math.max(Math.min(low + 0.8 * (crossing - low), low * 16), least)
  }
  if (low === 0) return Math.max(high / 16, atHigh > -Infinity ? 0.8 * crossingOf(0, high, atZero, atHigh) : 0)
  if (atHigh === -Infinity) return Math.sqrt(low * high)
  // a little below, so that the next step is likely to prove it
  const crossing = Number.isNaN(atLow) ? crossingOf(0, high, atZero, atHigh) : crossingOf(low, high, atLow, atHigh)
  const aimed = crossing * (1 - accuracy / 4)
  const margin = Math.min(low * (accuracy / 2), (high - low) / 4)
  return Math.min(Math.max(aimed, low + margin), high - margin / 2)
}

const crossingOf = (low: number, high: number, atLow: number, atHigh: number): number =>
  low + ((high - low) * atLow) / (atLow - atHigh)

/** The Illinois rule: an end that stays twice counts half, so that the other one moves. */
function narrow(bracket: Bracket, scale: number, bound: number): void {
  if (bound > 0) {
    if (bracket.kept === 'high') bracket.atHigh /= 2
    bracket.grown++
    Object.assign(bracket, { low: scale, atLow: bound, kept: 'high' })
  } else {
    if (bracket.kept === 'low') bracket.atLow /= 2
    Object.assign(bracket, { high: scale, atHigh: bound, kept: 'low' })
  }
}

/** Also where the bound at the lower end says that it is as good as at the end. */
function isDone({ low, high, atLow, atZero, kept }: Bracket): boolean {
  if (low === Infinity || high <= least || (high === Infinity && kept === 'low')) return true
  const isNear = kept === 'high' && atLow < (accuracy / 2) * atZero && low < Infinity
  return high <= low * (1 + accuracy) || isNear
}
