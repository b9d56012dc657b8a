import { range } from 'd3-array'
import { ask, margins } from './ask.js'
import type { Cases } from './cases.js'
import { accuracy } from './lower-radii.js'
import { floats, type Subject } from './subject.js'

/** A place with another class, and the scale at which it is reached. */
export interface Counterexample {
  place: Float64Array
  scale: number
}

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
export async function exactRadii(
  subject: Subject,
  cases: Cases,
  known: Float64Array,
  nodes: number,
): Promise<ExactRadii> {
  const all = range(cases.count).map(
    (index): Case => ({ index, low: known[index], found: null, nodes, unknown: Infinity, rounds: 0 }),
  )
  for (;;) {
    const open = all.filter(isOpen)
    if (open.length === 0) break
    await probe(subject, cases, open)
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

async function probe(subject: Subject, cases: Cases, open: readonly Case[]): Promise<void> {
  const scales = open.map(scaleFor)
  const indices = open.map(({ index }) => index)
  // the last of the nodes go to what is easier
  const nodes = Float64Array.from(open, (each) => Math.max(1, Math.ceil(each.nodes / 2)))
  const answers = await margins(subject, cases, 'exact', { indices, scales }, nodes)
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
    return point === null ? [] : [{ each, place: cases.placeOf(each.index, point, scales[k]) }]
  })
  const found = await nearestOnRays(subject, cases, tried)
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

interface Ray {
  each: Case
  place: Float64Array
}

/** Points on each ray in a round, and rounds. */
const points = 16
const zooms = 4
/**
 * A counterexample is moved on by these shares until every way to predict it gives another class. Those ways differ by far
 * less than what can be proved of them: after the last, the prediction itself has to do.
 */
const nudges = [0, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3]

/** The first place on the way from each case to a place where the class is another; null if there is none. */
async function nearestOnRays(subject: Subject, cases: Cases, rays: readonly Ray[]): Promise<(Counterexample | null)[]> {
  const shares = rays.map(() => ({ from: 0, to: 1, flips: false }))
  const at = ({ each, place }: Ray, share: number) => {
    const start = cases.place(each.index)
    return share === 1 ? place : start.map((value, j) => value + share * (place[j] - value))
  }
  for (let zoom = 0; zoom < zooms && rays.length > 0; zoom++) {
    const steps = shares.map(({ from, to }) => range(1, points + 1).map((k) => from + ((to - from) * k) / points))
    const data = floats(subject, rays.length * points * subject.inputs)
    rays.forEach((ray, i) => {
      steps[i].forEach((share, k) => {
        cases.write(ray.each.index, at(ray, share), data, (i * points + k) * subject.inputs)
      })
    })
    const classes = await subject.classify(data, rays.length * points)
    shares.forEach((share, i) => {
      const own = cases.classes[rays[i].each.index]
      const k = steps[i].findIndex((_, k) => classes[i * points + k] !== own)
      if (k < 0) return
      Object.assign(share, { from: k === 0 ? share.from : steps[i][k - 1], to: steps[i][k], flips: true })
    })
  }
  const candidates = rays.flatMap((ray, i) =>
    shares[i].flips
      ? nudges.map((nudge) => ({ i, nudge, each: ray.each, place: at(ray, shares[i].to * (1 + nudge)) }))
      : [],
  )
  const certain = await otherClassCertain(subject, cases, candidates)
  return rays.map((_, i) => {
    const k = candidates.findIndex((candidate, k) => candidate.i === i && certain[k])
    if (k < 0) return null
    const { each, place } = candidates[k]
    return { place, scale: cases.scaleOf(each.index, place) }
  })
}

interface Nudged extends Ray {
  nudge: number
}

/** Whether each place has another class than its case, however it is predicted. */
async function otherClassCertain(subject: Subject, cases: Cases, places: readonly Nudged[]): Promise<boolean[]> {
  if (places.length === 0) return []
  const { inputs, outputs } = subject
  const data = floats(subject, places.length * inputs)
  places.forEach(({ each, place }, k) => {
    cases.write(each.index, place, data, k * inputs)
  })
  const classes = await subject.classify(data, places.length)
  const objectives = new Float64Array(places.length * outputs)
  places.forEach(({ each }, k) => {
    const [own, other] = [cases.classes[each.index], classes[k]]
    if (own === other) return
    if (outputs === 1) objectives[k] = other === 1 ? 1 : -1
    else {
      objectives[k * outputs + other] = 1
      objectives[k * outputs + own] = -1
    }
  })
  const box = { lower: data, upper: data, rows: places.length, nodes: new Float64Array(places.length) }
  const questions = { ...box, classes: null, objectives, level: 'local' as const, above: 0, below: 0, tolerance: 0 }
  const { lower } = await ask(subject, questions)
  return places.map(
    ({ nudge, each }, k) => lower[k] > 0 || (nudge === 1e-3 && classes[k] !== cases.classes[each.index]),
  )
}
