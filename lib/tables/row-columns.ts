import { show } from '../checks.js'
import { Refusal } from '../errors/refusal.js'
import type { MemoryGauge } from '../machine/devices.js'
import { isArray, isRecord } from '../realms.js'
import { isForeign } from './foreign.js'

/** The columns of rows that come one after the other. Names are those of all rows, in the order of appearance. */
export class RowColumns {
  readonly #columns = new Map<string, unknown[]>()
  readonly #gauge: MemoryGauge | undefined
  rows = 0

  /** @param gauge counts what the rows hold, unless it is in memory anyway. */
  constructor(gauge?: MemoryGauge) {
    this.#gauge = gauge
  }

  /** @throws Refusal ERR_DATA for anything but an object, ERR_MEMORY. */
  add(row: unknown): void {
    if (!isRecord(row) || isForeign(row)) throw this.#refused(row)
    for (const name of Object.keys(row)) {
      const column = this.#columns.get(name) ?? this.#add(name)
      while (column.length < this.rows) column.push(null)
      const value = row[name]
      column.push(value)
      this.#gauge?.add(typeof value === 'string' ? 56 + value.length : 24)
    }
    this.rows++
  }

  /** Adds a row or, if it is an array, several. */
  addAll(rows: unknown): void {
    if (isArray(rows)) for (const row of rows) this.add(row)
    else this.add(rows)
  }

  columns(): Map<string, unknown[]> {
    for (const column of this.#columns.values()) while (column.length < this.rows) column.push(null)
    return this.#columns
  }

  #refused(row: unknown): Refusal {
    const what = isForeign(row)
      ? `is itself a table, ${show(row)}; expected an object with the cells of a row`
      : `is ${show(row)}, expected an object`
    return new Refusal('ERR_DATA', `row index ${this.rows} of the table ${what}`)
  }

  #add(name: string): unknown[] {
    const column: unknown[] = []
    this.#columns.set(name, column)
    return column
  }
}
