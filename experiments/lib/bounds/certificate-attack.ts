import { range } from 'd3-array'
import { PsilonClassifier } from 'psilon'
import type { Random } from './random.js'
import { type Column, logChances, type Row, rounding, type Subject } from './subject.js'

/** Distances that are tried, in radii; the first is within. */
const distances = [1 - 1e-6, 1.02, 1.1, 1.25, 1.5, 2, 3, 5, 8, 15, 30, 100]
const steps = 3
const mostRows = 24

/** A subject that predicts classes. */
export type OfClasses = Omit<Subject, 'model'> & { model: PsilonClassifier }

export const isOfClasses = (subject: Subject): subject is Subject & OfClasses =>
  subject.model instanceof PsilonClassifier

/** A row, what it may become at this distance, and what its class is compared with. */
export interface Attacked {
  base: Row
  row: Row
  label: number
  distance: number
}

/**
 * The largest radius of `certify`, as a share of the least distance at which a move is found that changes the class; 0 if none
 * is found at up to 100 radii. Numbers move to the corner of the allowed box where the class loses most, as the differences
 * say at the row and at the corners reached, and anywhere within it; beyond a distance of 1 levels change and cells go missing
 * too.
 */
export async function attackCertificates(
  subject: Subject,
  random: Random,
  dtype: keyof typeof rounding,
): Promise<number> {
  if (!isOfClasses(subject)) return Number.NaN
  const { model, rows, table } = subject
  const some = rows.slice(0, mostRows)
  const { labels, radii } = await model.certify(table(some))
  let left = some.map((base, k) => ({ base, label: model.classes.indexOf(labels[k]), radius: Math.min(radii[k], 1e3) }))
  for (const times of distances) {
    const attacked = left.map(({ base, label, radius }) => ({ base, row: base, label, distance: times * radius }))
    const lost = await attack(subject, random, attacked, dtype)
    if (lost.includes(true)) return 1 / times
    left = left.filter((_, k) => !lost[k])
  }
  return 0
}

/** Which of the rows have another class at some step. */
async function attack(
  subject: OfClasses,
  random: Random,
  all: readonly Attacked[],
  dtype: keyof typeof rounding,
): Promise<boolean[]> {
  let attacked = all
  const lost = all.map(() => false)
  for (let step = 0; step < steps; step++) {
    attacked = await corners(subject, attacked)
    const within = attacked.map((each) => ({ ...each, row: scattered(subject.columns, random, each) }))
    for (const margins of [await marginsOf(subject, attacked), await marginsOf(subject, within)]) {
      margins.forEach((margin, k) => {
        if (margin < -rounding[dtype] * (1 + Math.abs(margin))) lost[k] = true
      })
    }
  }
  return lost
}

/** By how much the logit of its class exceeds those of the others. */
async function marginsOf(subject: OfClasses, attacked: readonly Pick<Attacked, 'row' | 'label'>[]): Promise<number[]> {
  if (attacked.length === 0) return []
  const logs = await logChances(subject.model, subject.table(attacked.map(({ row }) => row)))
  return attacked.map(({ label }, k) => {
    const logits = logs.map((ofClass) => ofClass[k])
    return logits[label] - Math.max(...logits.filter((_, other) => other !== label))
  })
}

/** The corner of the box around the base to which the differences at the row point. */
export async function corners(subject: OfClasses, attacked: readonly Attacked[]): Promise<Attacked[]> {
  const { columns } = subject
  const shift = ({ row, distance }: Attacked, j: number, share: number) =>
    row[j] === null ? row : row.with(j, Number(row[j]) + share * distance * deviationOf(columns[j]))
  const moving = range(columns.length).filter((j) => columns[j].numbers !== null)
  const tried = attacked.flatMap((each) =>
    moving.flatMap((j) => [1e-3, -1e-3].map((share) => ({ ...each, row: shift(each, j, share) }))),
  )
  const margins = await marginsOf(subject, tried)
  return attacked.map((each, k) => {
    const row = [...each.row]
    moving.forEach((j, m) => {
      const at = 2 * (k * moving.length + m)
      const way = margins[at] < margins[at + 1] ? 1 : -1
      const { base, distance } = each
      if (row[j] !== null && base[j] !== null) row[j] = Number(base[j]) + way * distance * deviationOf(columns[j])
    })
    return { ...each, row }
  })
}

/** The row with each number moved from the base by a share of the distance. */
export const movedBy = (columns: readonly Column[], { base, row, distance }: Attacked, share: () => number): Row =>
  row.map((cell, j) => {
    if (columns[j].numbers === null || cell === null || base[j] === null) return cell
    return Number(base[j]) + share() * distance * deviationOf(columns[j])
  })

/** Any place in the box. */
export const scattered = (columns: readonly Column[], random: Random, attacked: Attacked): Row =>
  movedBy(columns, attacked, () => random.uniform(-1, 1))

/** Radii are multiples of it; categories stay. */
export const deviationOf = ({ numbers }: Column): number => numbers?.deviation ?? 0
