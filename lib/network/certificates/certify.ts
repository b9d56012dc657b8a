import type { Level } from '../../words.js'
import type { Asking } from './asking.js'
import type { Cases } from './cases.js'
import { exactRadii } from './exact-radii.js'
import { globalRadii } from './global-radii.js'
import { lowerRadii } from './lower-radii.js'
import type { Counterexample } from './rays.js'
import type { Subject } from './subject.js'

export interface Certified {
  radii: Float64Array
  upper: Float64Array
  exact: boolean[]
  counterexamples: (Counterexample | null)[]
}

/** Certifies cases at a level, each from what the level before has proved. @param nodes of branch and bound for each case. */
export function* certifyCases(
  subject: Subject,
  cases: Cases,
  { level, nodes }: { level: Level; nodes: number },
): Asking<Certified> {
  const from = (radii: Float64Array) => ({ radii, points: new Map() })
  const moves = cases.proportional()
  const global =
    moves !== null
      ? yield* globalRadii(subject, moves)
      : (yield* lowerRadii(subject, cases, { level: 'global', counts: 'lower' }, from(new Float64Array(cases.count))))
          .radii
  if (level === 'global') return oneSided(global)
  const asked = level === 'local' ? level : 'linear'
  const local = yield* lowerRadii(subject, cases, { level: asked, counts: 'local' }, from(global))
  if (level === 'local') return oneSided(local.radii)
  const { radii } = yield* lowerRadii(subject, cases, { level: 'linear', counts: 'lower' }, local)
  if (level === 'linear') return oneSided(radii)
  const { upper, counterexamples, ...rest } = yield* exactRadii(subject, cases, radii, nodes)
  const exact = Array.from(rest.radii, (radius, k) => haveMet(radius, upper[k]))
  return { radii: rest.radii, upper, exact, counterexamples }
}

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
