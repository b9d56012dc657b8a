import { rollup } from 'd3-array'
import { refuse } from '../checks.js'
import { native } from '../core/native.js'
import { folds, type Split, split } from '../data/split.js'
import type { Task } from '../data/task.js'
import { type TableContent, tableOfContent } from '../tables/content.js'
import { selectRows, type Table } from '../tables/table.js'

/** The rows that judge: each of some folds in turn, or a share of them once. */
export type HeldOut = { readonly folds: number } | { readonly test: number }

/** The number of parts of a division. */
export const foldsOf = (held: HeldOut): number => ('folds' in held ? held.folds : 1)

/** What all trials share, as plain data. */
export interface SweepData {
  /** SHA-256 of the table. */
  digest: string
  table: TableContent
  target: string
  task: Task
  held: HeldOut
  /** Class number of each row; null for regression. */
  classes: Uint32Array | null
}

/** Rows that train, and rows that judge. */
export interface Part {
  train: Table
  test: Table
}

/** How the rows are divided: for classification the parts keep the proportions of the classes, and a class with a single row always trains. */
export class Divisions {
  readonly #table: Table
  readonly #weights: number[] | null
  readonly #divisions = new Map<number, readonly Omit<Split, 'test'>[]>()
  /** The part that was asked for last: trials of a part follow each other. */
  #last: { place: string; part: Part } | null = null

  /** @throws Refusal ERR_OPTION if there are more folds than rows. */
  constructor(readonly data: SweepData) {
    const { table, held, classes } = data
    this.#table = tableOfContent(table)
    this.#weights = classes && weightsOf(classes)
    const judging = this.#weights?.filter((weight) => weight > 0).length ?? this.#table.rows
    if (foldsOf(held) <= judging) return
    refuse('folds', `at most ${judging}, the rows that can judge`, foldsOf(held))
  }

  /** @param fold from 0. The same seed and fold always give the same rows. */
  part(seed: number, fold: number): Part {
    const place = `${seed} ${fold}`
    if (this.#last?.place !== place) {
      const { train, validation } = this.#division(seed)[fold]
      const part = { train: selectRows(this.#table, train), test: selectRows(this.#table, validation) }
      this.#last = { place, part }
    }
    return this.#last.part
  }

  #division(seed: number): readonly Omit<Split, 'test'>[] {
    const known = this.#divisions.get(seed)
    if (known !== undefined) return known
    const { held, classes } = this.data
    const { rows } = this.#table
    const context = { seed, permutation: native.permutation, classes: classes ?? undefined, weights: this.#weights }
    const drawn = 'folds' in held ? folds(rows, held.folds, context) : [split(rows, { validation: held.test }, context)]
    this.#divisions.set(seed, drawn)
    return drawn
  }
}

/** Rows of weight 0 are never held out. */
function weightsOf(classes: Uint32Array): number[] {
  const rows = rollup(
    classes,
    ({ length }) => length,
    (k) => k,
  )
  return Array.from(classes, (k) => (rows.get(k) === 1 ? 0 : 1))
}
