import { type EpochOfMany, fitMany, type History, PsilonError, type TrainingRun } from 'psilon'
import type { Cell } from '../cells/cells.js'
import type { DataSet } from '../data/data-sets.js'
import { CellNetwork, divergedResult, isDivergence, type NetworkCell, type Training } from './cell-network.js'

/**
 * Trains one network for each cell, in their order, as many at a time as fitMany does. Those that are cancelled have no
 * result.
 */
export async function trainNetworks(
  cells: readonly NetworkCell[],
  setOf: (cell: Cell) => DataSet,
  training: Training,
): Promise<void> {
  const { threads, device, signal, report, finish } = training
  const networks = cells.map((cell) => new CellNetwork(cell, setOf(cell), training))
  const refusals: unknown[] = []
  try {
    const fits = networks.map((network) => ({
      ...network.toFit(),
      ended: (history: History) =>
        network.ended(history).catch((error) => {
          refusals.push(error)
          cancel()
        }),
    }))
    const run = fitMany(fits, { threads, device })
    const cancel = () => run.cancel()
    signal.addEventListener('abort', cancel)
    if (signal.aborted) cancel()
    const show = ({ index, epoch }: EpochOfMany) => report(cells[index], epoch / cells[index].setting.epochs)
    const errors = await errorsOf(run, show).finally(() => signal.removeEventListener('abort', cancel))
    if (refusals.length > 0) throw refusals[0]
    for (const [k, error] of errors.entries()) if (error !== null) await finish(cells[k], divergedResult(error))
  } finally {
    for (const network of networks) network.dispose()
  }
}

/** The error of each fit, null of those that ended well. @throws what ended the run, unless it is that training diverged. */
async function errorsOf(run: TrainingRun<EpochOfMany, History[]>, show: (epoch: EpochOfMany) => void) {
  try {
    for await (const epoch of run) show(epoch)
    return (await run).map(() => null)
  } catch (error) {
    const { errors } = (error instanceof PsilonError ? error.details : {}) as { errors?: unknown[] }
    if (!errors?.every((each) => each === null || isDivergence(each))) throw error
    return errors
  }
}
