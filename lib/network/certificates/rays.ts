import { range } from 'd3-array'
import { ask } from './ask.js'
import type { Asking } from './asking.js'
import type { Cases } from './cases.js'
import { floats, type Subject } from './subject.js'

/** A place with another class, and the scale at which it is reached. */
export interface Counterexample {
  place: Float64Array
  scale: number
}

/** The way from a case to a place. */
export interface Ray {
  index: number
  place: Float64Array
}

/** Points on each ray in a round, and rounds. */
const points = 16
const zooms = 4
/** Shares by which a counterexample is moved on until every way to predict it gives another class. */
const nudges = [0, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3]
/** So near, it is enough that it is predicted so: ways to predict differ by far less than what can be proved of them. */
const near = 1e-3

/** The first place on each way where the class is another; null if there is none. */
export function* nearestOnRays(
  subject: Subject,
  cases: Cases,
  rays: readonly Ray[],
): Asking<(Counterexample | null)[]> {
  const shares = yield* firstFlips(subject, cases, rays)
  const candidates = rays.flatMap((ray, i) => {
    const share = shares[i]
    return share === null ? [] : nudges.map((nudge) => ({ i, nudge, ...pointOn(cases, ray, share * (1 + nudge)) }))
  })
  const { certain, classes } = yield* examine(subject, cases, candidates)
  const found: (Counterexample | null)[] = []
  for (const [i, ray] of rays.entries()) {
    const own = candidates.flatMap((candidate, k) => (candidate.i === i ? [{ ...candidate, k }] : []))
    const proved = own.find(({ k }) => certain[k])
    const predicted = own.find(({ nudge, k }) => nudge === near && classes[k] !== cases.classes[ray.index])
    const takesPredicted =
      predicted !== undefined && !(proved && proved.nudge <= near) && (yield* flipsAlone(subject, cases, predicted))
    const taken = takesPredicted ? predicted : proved
    found.push(taken === undefined ? null : { place: taken.place, scale: cases.scaleOf(ray.index, taken.place) })
  }
  return found
}

function pointOn(cases: Cases, { index, place }: Ray, share: number): Ray {
  if (share === 1) return { index, place }
  return { index, place: cases.place(index).map((value, j) => value + share * (place[j] - value)) }
}

/** The share of each way at which the class is first another, found in ever finer steps; null where it never is. */
function* firstFlips(subject: Subject, cases: Cases, rays: readonly Ray[]): Asking<(number | null)[]> {
  const shares = rays.map(() => ({ from: 0, to: 1, flips: false }))
  for (let zoom = 0; zoom < zooms && rays.length > 0; zoom++) {
    const steps = shares.map(({ from, to }) => range(1, points + 1).map((k) => from + ((to - from) * k) / points))
    const places = rays.flatMap((ray, i) => steps[i].map((share) => pointOn(cases, ray, share)))
    const classes = yield* subject.classify(inputsAt(subject, cases, places), places.length)
    shares.forEach((share, i) => {
      const own = cases.classes[rays[i].index]
      const k = steps[i].findIndex((_, k) => classes[i * points + k] !== own)
      if (k < 0) return
      Object.assign(share, { from: k === 0 ? share.from : steps[i][k - 1], to: steps[i][k], flips: true })
    })
  }
  return shares.map(({ to, flips }) => (flips ? to : null))
}

function inputsAt(subject: Subject, cases: Cases, places: readonly Ray[]) {
  const data = floats(subject, places.length * subject.inputs)
  places.forEach(({ index, place }, k) => {
    cases.write(index, place, data, k * subject.inputs)
  })
  return data
}

function* flipsAlone(subject: Subject, cases: Cases, place: Ray): Asking<boolean> {
  const [found] = yield* subject.classify(inputsAt(subject, cases, [place]), 1)
  return found !== cases.classes[place.index]
}

/** The class of each place, and whether it has another class than its case however it is predicted. */
function* examine(subject: Subject, cases: Cases, places: readonly Ray[]) {
  if (places.length === 0) return { certain: [], classes: new Float64Array() }
  const { outputs } = subject
  const data = inputsAt(subject, cases, places)
  const classes = yield* subject.classify(data, places.length)
  const objectives = new Float64Array(places.length * outputs)
  places.forEach(({ index }, k) => {
    const [own, other] = [cases.classes[index], classes[k]]
    if (own === other) return
    if (outputs === 1) objectives[k] = other === 1 ? 1 : -1
    else {
      objectives[k * outputs + other] = 1
      objectives[k * outputs + own] = -1
    }
  })
  const box = { lower: data, upper: data, rows: places.length, nodes: new Float64Array(places.length) }
  const questions = { ...box, classes: null, objectives, level: 'local' as const, above: 0, below: 0, tolerance: 0 }
  const { lower } = yield* ask(subject, questions)
  return { certain: Array.from(lower, (bound) => bound > 0), classes }
}
