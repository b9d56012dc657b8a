import { type Floats, isFloat64Array } from '../../realms.js'
import type { ProportionalMoves } from './global-radii.js'

/**
 * What is certified: each case is a place and how it may move. At scale s it may be anywhere less than s tolerances away
 * in every coordinate. Coordinates are what moves, such as the inputs of a network or the columns of a table.
 */
export interface Cases {
  readonly count: number
  /** The class of each, as numbers; of a single output 0 or 1. */
  readonly classes: Float64Array
  /** Whether each input of the network can move. */
  readonly moving: readonly boolean[]
  /** All cases at once, if their inputs move in proportion to the scale; null if they do not. */
  proportional(): ProportionalMoves | null
  /** Writes the least and the greatest inputs of a case at this scale, from `at` on; rounded outwards. */
  box(index: number, scale: number, lower: Floats, upper: Floats, at: number): void
  /** The coordinates of a case, and those that come closest to inputs in its box at this scale. */
  place(index: number): Float64Array
  placeOf(index: number, inputs: Floats, scale: number): Float64Array
  /** Writes the inputs at these coordinates. */
  write(index: number, place: Float64Array, data: Floats, at: number): void
  /** The scale at which a case reaches these coordinates, rounded up; Infinity if it never does. */
  scaleOf(index: number, place: Float64Array): number
}

/** Covers the rounding of a few operations. */
export const up = 1 + 2 ** -48

/** How far an input that was rounded to x in the dtype of `data` may be from x, if it moves by less than `distance`. */
function reachOf(x: number, distance: number, data: Floats): number {
  return distance * up + (isFloat64Array(data) ? 0 : Math.abs(x) * 2 ** -24)
}

/** Rows of inputs, each of which may move by its tolerance. */
export class InputCases implements Cases {
  readonly count: number
  readonly moving: readonly boolean[]

  /** @param x [rows, inputs]. @param tolerances of the inputs, 0 for one that stays. */
  constructor(
    private readonly x: Floats,
    private readonly tolerances: Float64Array,
    readonly classes: Float64Array,
  ) {
    this.count = classes.length
    this.moving = Array.from(tolerances, (tolerance) => tolerance > 0)
  }

  proportional(): ProportionalMoves {
    const inputs = this.tolerances.length
    return { x: this.x, tolerances: Float64Array.from(this.x, (_, at) => this.tolerances[at % inputs]) }
  }

  box(index: number, scale: number, lower: Floats, upper: Floats, at: number): void {
    const first = index * this.tolerances.length
    this.tolerances.forEach((tolerance, j) => {
      const x = this.x[first + j]
      const reach = tolerance === 0 ? 0 : reachOf(x, scale * tolerance, this.x)
      lower[at + j] = x - reach
      upper[at + j] = x + reach
    })
  }

  place(index: number): Float64Array {
    const inputs = this.tolerances.length
    return Float64Array.from(this.x.subarray(index * inputs, (index + 1) * inputs))
  }

  placeOf(_: number, inputs: Floats): Float64Array {
    return Float64Array.from(inputs)
  }

  write(_: number, place: Float64Array, data: Floats, at: number): void {
    data.set(place, at)
  }

  scaleOf(index: number, place: Float64Array): number {
    const first = index * this.tolerances.length
    return this.tolerances.reduce((most, tolerance, j) => {
      const distance = Math.abs(place[j] - this.x[first + j])
      return distance === 0 ? most : Math.max(most, (distance / tolerance) * up)
    }, 0)
  }
}
