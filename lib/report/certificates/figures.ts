import { mean } from 'd3-array'
import type { Within } from '../../estimators/certificates/within.js'
import type { ClassifierCertificate } from '../../estimators/classifier.js'
import { figure, percent } from '../../print.js'
import { columnsOf, type Table } from '../../tables/table.js'
import type { Level } from '../../words.js'

/** Certificates of the rows of a table, and what was asked. */
export interface Certified {
  level: Level
  /** Undefined: the deviation of each numeric column. */
  within: Within | undefined
  certificate: ClassifierCertificate
  /** The radii that level 'global' finds. */
  global: Float64Array
  /** The class that the table itself gives each row, as a text; undefined where it gives none. */
  actual: readonly (string | undefined)[]
}

/** What a radius of 1 is: every tolerance once, or one deviation of every column. */
export type Unit = 'tolerances' | 'deviations'

/** Shares of the rows, 0 to 1. */
export interface Share {
  /** How far rows move, in the unit of the radii. */
  radius: number
  /** Those that certainly keep their class. */
  certain: number
  /** Those of which level 'global' knows it. */
  global: number
  /** Those with a known counterexample that is closer; null where none is known of any row. */
  changes: number | null
}

export interface CertificateFigures {
  level: Level
  rows: number
  unit: Unit
  shares: Share[]
  medianRadius: number
  medianGlobalRadius: number
  /** Share of the rows whose radius meets the distance of a counterexample, or has no limit. */
  exactShare: number
  /** Share of the answers that are right; null if the table does not have the classes. */
  accuracy: number | null
}

/** Radii at which shares are stated. */
const stated: Record<Unit, readonly number[]> = {
  tolerances: [0.25, 0.5, 1, 1.5, 2, 3, 5],
  deviations: [0.01, 0.03, 0.1, 0.3, 1, 3],
}

export const unitOf = ({ within }: Pick<Certified, 'within'>): Unit =>
  within === undefined ? 'deviations' : 'tolerances'

export const unitText: Record<Unit, string> = { tolerances: 'times the tolerances', deviations: 'standard deviations' }
const unitSign: Record<Unit, string> = { tolerances: '×', deviations: 'sd' }

/** `12.3 ×`, `0.83 sd` */
export const signed = (radius: number | string, unit: Unit): string => `${radius} ${unitSign[unit]}`

/** `12.30 ×`, `0.8315 sd` */
export const radiusText = (radius: number, unit: Unit): string =>
  radius === Infinity ? 'no limit' : signed(figure(radius), unit)

/** Share of rows whose radius is at least this. */
export const certainShare = (radii: Float64Array, radius: number): number =>
  mean(radii, (own) => Number(own >= radius)) ?? 0

/** Share of rows with a counterexample closer than this. */
export const changingShare = (upper: Float64Array, radius: number): number =>
  mean(upper, (own) => Number(own < radius)) ?? 0

/** The greatest radius that at least a share of 1 - `share` of the rows has; not a mean of two, since radii may be Infinity. */
export const quantileOf = (radii: Float64Array, share: number): number =>
  radii.slice().sort()[Math.floor(share * (radii.length - 1))]

export const hasCounterexamples = ({ counterexamples }: ClassifierCertificate): boolean =>
  counterexamples.some((each) => each !== null)

export function figuresOf(certified: Certified): CertificateFigures {
  const { level, certificate, global } = certified
  const { radii, exact } = certificate
  const unit = unitOf(certified)
  return {
    level,
    rows: radii.length,
    unit,
    shares: stated[unit].map((radius) => shareAt(certified, radius)),
    medianRadius: quantileOf(radii, 0.5),
    medianGlobalRadius: quantileOf(global, 0.5),
    exactShare: mean(exact, Number) as number,
    accuracy: rightShare(certified),
  }
}

/** Rows of texts: the shares at each radius, beside those of level 'global'. */
export function shareTable({ level, unit, shares }: CertificateFigures): string[][] {
  const known = shares.some(({ changes }) => changes !== null)
  const beside = level !== 'global'
  const head = [
    'moves up to',
    'class certain',
    ...(beside ? ['by level global'] : []),
    ...(known ? ['class changes'] : []),
  ]
  const rows = shares.map(({ radius, certain, global, changes }) => [
    signed(radius, unit),
    percent(certain),
    ...(beside ? [percent(global)] : []),
    ...(known ? [percent(changes ?? 0)] : []),
  ])
  return [head, ...rows]
}

export function shareAt({ certificate, global }: Certified, radius: number): Share {
  const { radii, upper } = certificate
  const changes = hasCounterexamples(certificate) ? changingShare(upper, radius) : null
  return { radius, certain: certainShare(radii, radius), global: certainShare(global, radius), changes }
}

/** Share of right answers among rows whose class the table has, of those that are also certain up to a radius; null if there are none. */
export function rightShare({ certificate, actual }: Certified, radius = 0): number | null {
  const { labels, radii } = certificate
  const known = labels.flatMap((label, row) => (actual[row] === undefined ? [] : [{ label, row }]))
  return mean(known, ({ label, row }) => Number(String(label) === actual[row] && radii[row] >= radius)) ?? null
}

/** The classes that a table has in its target column. */
export function actualClasses(table: Table, target: string): (string | undefined)[] {
  const column = columnsOf(table).find(({ name }) => name === target)
  return Array.from({ length: table.rows }, (_, row) => {
    const cell = column?.cells[row]
    return cell === null || cell === undefined ? undefined : String(cell)
  })
}
