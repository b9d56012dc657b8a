import { range } from 'd3-array'
import type { Level } from 'psilon'
import {
  type Attacked,
  corners,
  deviationOf,
  isOfClasses,
  movedBy,
  type OfClasses,
  scattered,
} from './certificate-attack.js'
import type { Random } from './random.js'
import type { Row, Subject } from './subject.js'

/** What was tried, and what went wrong. */
export interface Tally {
  boxes: number
  points: number
  /** Points within the radius of a row that are predicted as another class. */
  flips: number
  counterexamples: number
  /** Counterexamples that are predicted as the row is. */
  unturned: number
}

const nothing: Tally = { boxes: 0, points: 0, flips: 0, counterexamples: 0, unturned: 0 }

export const sumOf = (tallies: readonly Tally[]): Tally =>
  tallies.reduce(
    (sum, tally) => ({
      boxes: sum.boxes + tally.boxes,
      points: sum.points + tally.points,
      flips: sum.flips + tally.flips,
      counterexamples: sum.counterexamples + tally.counterexamples,
      unturned: sum.unturned + tally.unturned,
    }),
    nothing,
  )

export const isClean = ({ flips, unturned }: Tally): boolean => flips === 0 && unturned === 0

const rowsAtOnce = 50
const levels: readonly Level[] = ['global', 'local', 'linear', 'exact']
const nodes = 30
const drawnPoints = 4
/** One in so many points is predicted alone too. */
const aloneEvery = 7

/**
 * Certifies drawn rows of a classifier, at any level, and looks for another class within their radii: without any
 * allowance for rounding, in the corners to which differences point and in other places and corners.
 *
 * @param least boxes to attack; boxes whose radius is 0 or Infinity do not count.
 */
export async function attackBoxes(subject: Subject, random: Random, least: number): Promise<Tally> {
  if (!isOfClasses(subject)) return nothing
  const tallies: Tally[] = []
  for (let k = 0; sumOf(tallies).boxes < least && k < 4 + least; k++)
    tallies.push(await attackSome(subject, random, random.of(levels)))
  return sumOf(tallies)
}

async function attackSome(subject: OfClasses, random: Random, level: Level): Promise<Tally> {
  const { model, table } = subject
  const rows = range(rowsAtOnce).map(() => drawn(subject, random))
  const options = level === 'exact' ? { level, budget: nodes } : { level }
  const { labels, radii, counterexamples } = await model.certify(table(rows), options)
  const boxes: Attacked[] = rows
    .map((base, k) => ({ base, row: base, label: model.classes.indexOf(labels[k]), distance: radii[k] }))
    .filter(({ distance }) => distance > 0 && distance < Infinity)
  const points = await pointsWithin(subject, random, boxes)
  const { labels: reached } = await model.predict(table(points.map(({ row }) => row)))
  const isFlip = ({ row, label }: Attacked, k: number) => {
    const alone = k % aloneEvery === 0 ? model.predictSync(table([row])).labels[0] : reached[k]
    return [reached[k], alone].some((each) => each !== model.classes[label])
  }
  const found = counterexamples.flatMap((row, k) => (row === null ? [] : [{ row, label: labels[k] }]))
  const turned = found.length === 0 ? [] : (await model.predict(found.map(({ row }) => row))).labels
  return {
    boxes: boxes.length,
    points: points.length,
    flips: points.filter(isFlip).length,
    counterexamples: found.length,
    unturned: found.filter(({ label }, k) => turned[k] === label).length,
  }
}

/** A row of the table, something between two of them, or one far away. */
function drawn({ rows, columns }: Subject, random: Random): Row {
  const row = random.of(rows)
  const kind = random.of(['row', 'row', 'between', 'far'] as const)
  if (kind === 'row') return row
  const other = random.of(rows)
  const share = random.uniform(0, 1)
  return row.map((cell, j) => {
    if (columns[j].numbers === null || cell === null) return cell
    if (kind === 'far') return Number(cell) * random.magnitude(0, 8)
    return other[j] === null ? cell : Number(cell) + share * (Number(other[j]) - Number(cell))
  })
}

async function pointsWithin(subject: OfClasses, random: Random, boxes: readonly Attacked[]): Promise<Attacked[]> {
  const { columns } = subject
  const scatter = (box: Attacked): Attacked => ({ ...box, row: scattered(columns, random, box) })
  const corner = (box: Attacked): Attacked => ({
    ...box,
    row: movedBy(columns, box, () => (random.chance(0.5) ? 1 : -1)),
  })
  const points = [...(await corners(subject, boxes)), ...(await corners(subject, boxes.map(scatter)))]
  for (let k = 0; k < drawnPoints; k++) {
    points.push(...boxes.map(scatter))
    points.push(...boxes.map(corner))
  }
  return points.map((point) => ({ ...point, row: inside(subject, point) }))
}

/** The row with those cells put back that are not nearer than the distance, a little or, next to it, wholly. */
function inside({ columns }: Subject, { base, row, distance }: Attacked): Row {
  return row.map((cell, j) => {
    if (columns[j].numbers === null || cell === null || base[j] === null) return cell
    const center = Number(base[j])
    const most = distance * deviationOf(columns[j])
    const isWithin = (value: number) => Math.abs(value - center) < most
    const near = [1, 1 - 2 ** -50, 1 - 2 ** -40, 1 - 2 ** -20].map((share) => center + share * (Number(cell) - center))
    return near.find(isWithin) ?? center
  })
}
