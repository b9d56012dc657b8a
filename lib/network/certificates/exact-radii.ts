import { range } from 'd3-array'
import { margins } from './ask.js'
import type { Asking } from './asking.js'
import type { Cases } from './cases.js'
import { accuracy } from './lower-radii.js'
import { type Counterexample, nearestOnRays } from './rays.js'
import type { Subject } from './subject.js'

export interface ExactRadii {
  radii: Float64Array
  /** Infinity where no counterexample was found. */
  upper: Float64Array
  counterexamples: (Counterexample | null)[]
}

/** One case: proved up to `low`, with a counterexample beyond. */
interface Case {
  index: number
  low: number
  found: Counterexample | null
  /** Nodes that are left. */
  nodes: number
  /** The least scale at which the search ended without an answer. */
  unknown: number
  rounds: number
}

const maxRounds = 60
const farthest = 2 ** 40

/**
 * Searches from both sides: branch and bound proves a scale just below the nearest counterexample, or finds a nearer one.
 *
 * @param known proved radii. @param nodes of branch and bound for each case.
 */
export function* exactRadii(subject: Subject, cases: Cases, known: Float64Array, nodes: number): Asking<ExactRadii> {
  const all = range(cases.count).map(
    (index): Case => ({ index, low: known[index], found: null, nodes, unknown: Infinity, rounds: 0 }),
  )
  for (;;) {
    const open = all.filter(isOpen)
    if (open.length === 0) break
    yield* probe(subject, cases, open)
  }
  return {
    radii: Float64Array.from(all, ({ low }) => low),
    upper: Float64Array.from(all, ({ found }) => found?.scale ?? Infinity),
    counterexamples: all.map(({ found }) => found),
  }
}

const limitOf = ({ found, unknown }: Case): number => Math.min(found?.scale ?? Infinity, unknown)

function isOpen(each: Case): boolean {
  if (each.low === Infinity || each.nodes <= 0 || each.rounds >= maxRounds) return false
  if (each.found === null && Math.max(each.low, 2 ** (each.rounds - 20)) > farthest) return false
  return limitOf(each) > each.low * (1 + accuracy)
}

/** Beyond what is proved until there is a counterexample; then just below it; then, if that is too hard, in between. */
function scaleFor(each: Case): number {
  const { low, found, unknown, rounds } = each
  if (unknown < Infinity) return low === 0 ? unknown / 16 : Math.sqrt(low * unknown)
  if (found === null) return low === 0 ? 2 ** (2 * rounds - 20) : low * 1.25 * 1.5 ** rounds
  return Math.max(found.scale * (1 - accuracy * 0.8), low * (1 + accuracy / 2))
}

function* probe(subject: Subject, cases: Cases, open: readonly Case[]): Asking<void> {
  const scales = open.map(scaleFor)
  const indices = open.map(({ index }) => index)
  // the last of the nodes go to what is easier
  const nodes = Float64Array.from(open, (each) => Math.max(1, Math.ceil(each.nodes / 2)))
  const answers = yield* margins(subject, cases, 'exact', { indices, scales }, nodes)
  const points = open.map((each, k) => {
    each.rounds++
    each.nodes -= answers.nodes[k]
    if (answers.lower[k] > 0) {
      each.low = scales[k]
      return null
    }
    return answers.upper[k] < 0 ? answers.points.subarray(k * subject.inputs, (k + 1) * subject.inputs) : null
  })
  const tried = open.flatMap((each, k) => {
    const point = points[k]
    return point === null ? [] : [{ each, index: each.index, place: cases.placeOf(each.index, point, scales[k]) }]
  })
  const found = yield* nearestOnRays(subject, cases, tried)
  const nearer = new Set<Case>()
  tried.forEach(({ each }, k) => {
    const counterexample = found[k]
    if (counterexample === null || counterexample.scale >= (each.found?.scale ?? Infinity)) return
    each.found = counterexample
    nearer.add(each)
  })
  open.forEach((each, k) => {
    const searching = each.found === null && each.unknown === Infinity && points[k] === null && answers.nodes[k] === 0
    if (!(answers.lower[k] > 0) && !nearer.has(each) && !searching) each.unknown = Math.min(each.unknown, scales[k])
  })
}
