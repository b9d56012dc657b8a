import { sum } from 'd3-array'
import { PsilonError } from 'psilon'
import type { DataSet } from '../data/data-sets.js'
import { type BaselineCell, runBaseline } from '../models/baselines.js'
import type { NetworkCell, Training } from '../models/cell-network.js'
import { trainNetworks } from '../models/networks.js'
import { type Cell, type CellResult, cellText } from './cells.js'
import type { Results } from './results.js'
import type { RunFolder } from './run-folder.js'

/** How far an experiment is. */
export interface Progress {
  /** The cell that something was done for. */
  cell: string
  /** Cells that are finished, of all. */
  finished: number
  cells: number
  /** How much of the work is done, 0 to 1, and how much was before this run. */
  done: number
  before: number
}

export interface Context {
  sets: readonly DataSet[]
  folder: RunFolder
  threads: number
  device: 'auto' | 'cpu' | 'cuda'
  signal: AbortSignal
  emit(progress: Progress): void
  /** Takes each network that has been trained, before its result is kept. */
  trained?: Training['trained']
}

const isNetwork = (cell: Cell): cell is NetworkCell => cell.setting.kind === 'network'
const isBaseline = (cell: Cell): cell is BaselineCell => cell.setting.kind !== 'network'

/** Computes cells that are not in the folder yet. */
export class CellRunner {
  /** Cells begun in this run or found finished, with the share that is done. */
  readonly #shares = new Map<Cell, number>()
  readonly #results = new Map<Cell, CellResult>()
  /** In the order given. */
  readonly #cells: Cell[] = []
  readonly #context: Context
  readonly #total: { cells: number; work: number }
  #before = 0

  /** @param total of all calls of `run`. */
  constructor(context: Context, total: { cells: number; work: number }) {
    this.#context = context
    this.#total = total
  }

  /**
   * @param whole whether there is still all that a finished cell has left; otherwise it is computed again.
   * @returns all results so far, in the order of the cells.
   * @throws PsilonError ERR_CANCELLED where the signal is aborted; what is finished is in the folder.
   */
  async run(cells: readonly Cell[], whole: (cell: Cell, result: CellResult) => boolean = () => true): Promise<Results> {
    this.#cells.push(...cells)
    const pending: Cell[] = []
    for (const cell of cells) {
      const result = await this.#context.folder.read(cell)
      if (result === null || !whole(cell, result)) pending.push(cell)
      else this.#found(cell, result)
    }
    this.#check()
    for (const cell of pending) if (isBaseline(cell)) await this.#baseline(cell)
    const networks = pending.filter(isNetwork)
    // so many that threads seldom wait for the last of them, and have room in memory
    const max = 4 * this.#context.threads
    for (let k = 0; k < networks.length; k += max) await this.#networks(networks.slice(k, k + max))
    return new Map(this.#cells.map((cell) => [cell, this.#results.get(cell) as CellResult]))
  }

  async #baseline(cell: BaselineCell): Promise<void> {
    const report = (share: number) => {
      this.#check()
      this.#report(cell, share)
    }
    await this.#finish(cell, await runBaseline(this.#setOf(cell), cell, report))
  }

  async #networks(cells: readonly NetworkCell[]): Promise<void> {
    const report = (cell: Cell, share: number) => this.#report(cell, share)
    const finish = (cell: Cell, result: CellResult) => this.#finish(cell, result)
    await trainNetworks(cells, (cell) => this.#setOf(cell), { ...this.#context, report, finish })
    this.#check()
  }

  #setOf({ set }: Cell): DataSet {
    return this.#context.sets.find(({ name }) => name === set) as DataSet
  }

  #found(cell: Cell, result: CellResult): void {
    if (!this.#shares.has(cell)) this.#before += workOf(cell)
    this.#results.set(cell, result)
    this.#shares.set(cell, 1)
  }

  async #finish(cell: Cell, result: CellResult): Promise<void> {
    await this.#context.folder.write(cell, result)
    this.#results.set(cell, result)
    this.#report(cell, 1)
  }

  #report(cell: Cell, share: number): void {
    this.#shares.set(cell, share)
    const done = sum(this.#shares, ([cell, share]) => share * workOf(cell)) / this.#total.work
    const before = this.#before / this.#total.work
    this.#context.emit({ cell: cellText(cell), finished: this.#results.size, cells: this.#total.cells, done, before })
  }

  #check(): void {
    if (!this.#context.signal.aborted) return
    const finished = `${this.#results.size} of ${this.#total.cells} fits are in ${this.#context.folder.path}`
    throw new PsilonError('ERR_CANCELLED', `[reproduce] cancelled; ${finished}, the same command goes on from there`)
  }
}

/** About how long a cell takes, in units of a tree; for the progress alone. */
export function workOf({ setting }: Cell): number {
  if (setting.kind === 'network') return setting.epochs
  return setting.kind === 'forest' ? setting.trees : 1
}
