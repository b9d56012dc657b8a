import { range } from 'd3-array'
import type { ExportedLayer, ExportedMember } from '../exported-model.js'
import { gamma, precisions } from './outward.js'

export interface Interval {
  lower: number
  upper: number
}

/** A unit of the first network, before its activation, and what that of the second has more. */
interface Unit {
  own: Interval
  more: Interval
}

/**
 * What each output of the second mean of networks has more than that of the first, for all inputs in a box: in exact arithmetic,
 * rounded outwards. Intervals of the units, and of their differences, go through the layers. The networks differ in weights and
 * biases alone.
 */
export function outputDifferences(
  first: readonly ExportedMember[],
  second: readonly ExportedMember[],
  box: readonly Interval[],
): Interval[] {
  const members = first.map(({ takes, layers }, m) => {
    const inputs = (takes ?? range(box.length)).map((j): Unit => ({ own: box[j], more: { lower: 0, upper: 0 } }))
    return layers.reduce((units, layer, k) => through(layer, second[m].layers[k], units), inputs)
  })
  return range(members[0].length).map((i) => {
    const mean = new Sum()
    for (const units of members) {
      mean.add({ lower: units[i].more.lower / members.length, upper: units[i].more.upper / members.length })
    }
    return mean.widened(gamma(members.length + 8, precisions.float64) * mean.size)
  })
}

/** Ends of intervals added up, and their sizes, by which rounding is bounded. */
class Sum {
  lower = 0
  upper = 0
  size = 0

  add({ lower, upper }: Interval): void {
    this.lower += lower
    this.upper += upper
    this.size += sizeOf({ lower, upper })
  }

  widened(error: number): Interval {
    return { lower: this.lower - error - 1e-300, upper: this.upper + error + 1e-300 }
  }
}

function through(first: ExportedLayer, second: ExportedLayer, units: readonly Unit[]): Unit[] {
  const { rows, columns, matrices } = first
  // of the sums here, and of the weights g v / n
  const rounding = gamma(4 * columns * matrices.length + 64, precisions.float64)
  return range(rows).map((i) => {
    const [own, more] = [new Sum(), new Sum()]
    own.add(point(first.biases[i]))
    more.add(point(second.biases[i] - first.biases[i]))
    units.forEach((y, j) => {
      const [before, after] = [slopesOf(first, i, j), slopesOf(second, i, j)]
      const self = first.residual && i === j ? 1 : 0
      own.add(image(plus(before, self), y.own))
      own.size += 2 * self * sizeOf(y.own) // 1 + weight may be near 0
      more.add(image({ below: after.below - before.below, above: after.above - before.above }, y.own))
      more.add(change(plus(after, self), y))
    })
    return { own: own.widened(rounding * own.size), more: more.widened(rounding * (own.size + more.size)) }
  })
}

const point = (value: number): Interval => ({ lower: value, upper: value })

const sizeOf = ({ lower, upper }: Interval): number => Math.max(Math.abs(lower), Math.abs(upper))

/** How z_i changes with y_j where it is below 0, and above. */
interface Slopes {
  below: number
  above: number
}

const plus = ({ below, above }: Slopes, self: number): Slopes => ({ below: below + self, above: above + self })

function slopesOf({ activation, columns, matrices, scales }: ExportedLayer, i: number, j: number): Slopes {
  const above = scales[i] * matrices[0][i * columns + j]
  if (activation === 'crelu') return { below: scales[i] * matrices[1][i * columns + j], above }
  return { below: activation === 'relu' ? 0 : above, above }
}

/** Between what y gives. */
function image({ below, above }: Slopes, { lower, upper }: Interval): Interval {
  const ends = [lower, upper].map((y) => (y < 0 ? below : above) * y)
  if (lower < 0 && upper > 0) ends.push(0)
  return { lower: Math.min(...ends), upper: Math.max(...ends) }
}

/** Between what y gives with `more`, less what it gives. */
function change({ below, above }: Slopes, { own, more }: Unit): Interval {
  const tiny = 2 ** -50 * sizeOf(own)
  const slopes: number[] = []
  if (Math.min(own.lower, own.lower + more.lower - tiny) < 0) slopes.push(below)
  if (Math.max(own.upper, own.upper + more.upper + tiny) > 0) slopes.push(above)
  const products = slopes.flatMap((slope) => [slope * more.lower, slope * more.upper])
  return products.length === 0 ? point(0) : { lower: Math.min(...products), upper: Math.max(...products) }
}
