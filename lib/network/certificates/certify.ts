import type { Level } from '../../words.js'
import { margins } from './ask.js'
import type { Cases } from './cases.js'
import { exactRadii } from './exact-radii.js'
import { accuracy, lowerRadii } from './lower-radii.js'
import type { Counterexample } from './rays.js'
import type { Subject } from './subject.js'

export interface Certified {
  radii: Float64Array
  upper: Float64Array
  exact: boolean[]
  counterexamples: (Counterexample | null)[]
}

/**
 * Certifies cases at a level, each from what the level before has proved.
 *
 * @param known radii that hold already, such as those of path norms. @param nodes of branch and bound for each case.
 */
export async function certifyCases(
  subject: Subject,
  cases: Cases,
  { level, known, nodes }: { level: Level; known: Float64Array | null; nodes: number },
): Promise<Certified> {
  const global = known ?? (await lowerRadii(subject, cases, 'global', new Float64Array(cases.count)))
  if (level === 'global') return oneSided(global)
  if (level === 'local') return oneSided(coarser(await lowerRadii(subject, cases, 'local', global), global))
  const radii = await notBelowLocal(subject, cases, await lowerRadii(subject, cases, 'linear', global))
  if (level === 'linear') return oneSided(radii)
  const { upper, counterexamples, ...rest } = await exactRadii(subject, cases, radii, nodes)
  const exact = Array.from(rest.radii, (radius, k) => haveMet(radius, upper[k]))
  return { radii: rest.radii, upper, exact, counterexamples }
}

/**
 * Linear relaxation nearly always finds more than intervals of values and slopes do, for they bound its units too; where it
 * does not, their radius counts.
 */
async function notBelowLocal(subject: Subject, cases: Cases, radii: Float64Array): Promise<Float64Array> {
  const indices = Array.from(radii.keys()).filter((index) => radii[index] > 0 && radii[index] < Infinity)
  if (indices.length === 0) return radii
  const scales = indices.map((index) => radii[index] * (1 + accuracy))
  const { lower } = await margins(subject, cases, 'local', { indices, scales })
  const above = new Set(indices.filter((_, k) => lower[k] > 0))
  if (above.size === 0) return radii
  const known = radii.map((radius, index) => (above.has(index) ? radius * (1 + accuracy) : Infinity))
  const local = await lowerRadii(subject, cases, 'local', known)
  return radii.map((radius, index) => (above.has(index) ? local[index] : radius))
}

/** So much less than was found that the next level, which is searched no further than that, is never below. */
const coarser = (radii: Float64Array, known: Float64Array): Float64Array =>
  radii.map((radius, k) => Math.max(known[k], radius * (1 - 1.5 * accuracy)))

/** Both sides have met if they differ by 0.5 %: what rounding may hide of a small radius counts too. */
export const haveMet = (radius: number, upper: number): boolean => radius === Infinity || upper <= radius * (1 + 5e-3)

function oneSided(radii: Float64Array): Certified {
  return {
    radii,
    upper: radii.map(() => Infinity),
    exact: Array.from(radii, (radius) => radius === Infinity),
    counterexamples: Array.from(radii, () => null),
  }
}
