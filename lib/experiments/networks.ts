import { PsilonError } from '../errors.js'
import {
  type Epoch,
  type EpochOfMany,
  type FitOptions,
  fitMany,
  type History,
  PsilonNet,
  PsilonResNet,
  type TrainingRun,
} from '../index.js'
import type { Cell, CellResult, NetworkSetting } from './cells.js'
import type { DataSet } from './data-sets.js'
import { accuracyOf, predictParts, scoresOf } from './scores.js'

export type NetworkCell = Cell & { setting: NetworkSetting }

type Network = PsilonNet | PsilonResNet

export interface Training {
  threads: number
  device: 'auto' | 'cpu' | 'cuda'
  signal: AbortSignal
  /** Is told how much of a cell is done, 0 to 1. */
  report(cell: Cell, share: number): void
}

/**
 * Trains one network for each cell, all at once.
 *
 * @returns results in the order of the cells; null for those that were cancelled.
 */
export async function trainNetworks(
  cells: readonly NetworkCell[],
  setOf: (cell: Cell) => DataSet,
  { threads, device, signal, report }: Training,
): Promise<(CellResult | null)[]> {
  const networks = cells.map((cell) => networkFor(cell, setOf(cell)))
  try {
    const fits = cells.map((cell, k) => {
      const { train } = setOf(cell)
      return { network: networks[k], data: train, options: optionsFor(cell, setOf(cell)) }
    })
    const run = fitMany(fits, { threads, device })
    const cancel = () => run.cancel()
    signal.addEventListener('abort', cancel)
    if (signal.aborted) cancel()
    const show = ({ index, epoch }: EpochOfMany) => report(cells[index], epoch / cells[index].setting.epochs)
    const ends = await endsOf(run, show).finally(() => signal.removeEventListener('abort', cancel))
    return await Promise.all(
      ends.map(async ({ history, error }, k) => {
        if (history === null) return divergedResult(error)
        if (history.stopped === 'cancelled') return null
        return resultOf(setOf(cells[k]), cells[k], networks[k], history).catch(divergedResult)
      }),
    )
  } finally {
    for (const network of networks) network.dispose()
  }
}

interface End {
  /** Null where the fit diverged. */
  history: History | null
  error: unknown
}

/** Waits for all fits. @throws what ended the run, unless all that went wrong is that training diverged. */
async function endsOf(run: TrainingRun<EpochOfMany, History[]>, show: (epoch: EpochOfMany) => void): Promise<End[]> {
  try {
    for await (const epoch of run) show(epoch)
    return (await run).map((history) => ({ history, error: null }))
  } catch (error) {
    const { history, errors } = (error instanceof PsilonError ? error.details : {}) as Partial<FailedFits>
    if (history === undefined || !errors?.every((each) => each === null || isDivergence(each))) throw error
    return history.map((each, k) => ({ history: each, error: errors[k] }))
  }
}

interface FailedFits {
  history: (History | null)[]
  errors: unknown[]
}

const isDivergence = (error: unknown): error is PsilonError =>
  error instanceof PsilonError && error.code === 'ERR_NON_FINITE'

function networkFor({ setting, seed }: NetworkCell, { inputs, outputs }: DataSet): Network {
  const { architecture, hidden, depth, normalization, sharedLength } = setting
  const kind = architecture === 'resnet' ? PsilonResNet : PsilonNet
  return new kind({ inputs, hidden, depth, outputs, normalization, sharedLength, seed: seed ?? 0 })
}

const losses = { regression: 'mse', binary: 'bce', classes: 'softmax' } as const

function optionsFor({ setting }: NetworkCell, { task, validation }: DataSet): FitOptions {
  const { lambda, regularizer, projection, epochs, batchSize, learningRate, prune, curve } = setting
  return {
    ...{ lambda, regularizer, projection, epochs, batchSize, learningRate },
    loss: losses[task],
    ...(prune === null ? {} : { prune: { sparsity: prune } }),
    ...(curve === null ? {} : { validation: { ...validation, every: curve } }),
  }
}

async function resultOf(
  set: DataSet,
  { setting }: NetworkCell,
  network: Network,
  history: History,
): Promise<CellResult> {
  const { near, exact } = network.sparsity()
  const { device, epochs, seconds } = history
  const predictions = await predictParts(set, async ({ x }) => (await network.predict(x)).data)
  return {
    scores: scoresOf(set, predictions),
    accuracy: accuracyOf(set, predictions),
    failure: null,
    pathNorm: network.pathNorm(),
    bounds: {
      original: network.pathNorm({ bound: 'original' }),
      improved: network.pathNorm({ bound: 'improved' }),
      tight: network.pathNorm({ bound: 'tight' }),
    },
    nearSparsity: near,
    exactSparsity: exact,
    curve: setting.curve === null ? null : curveOf(epochs, Math.ceil(set.train.y.length / setting.batchSize)),
    seconds,
    device: `${device.name} (${device.instructionSet})`,
  }
}

/** @throws what is no divergence. */
function divergedResult(error: unknown): CellResult {
  if (!isDivergence(error)) throw error
  const failure = error.message.replace(/^\[fitMany\] fits\[\d+\]: /, '')
  const figures = { pathNorm: null, bounds: null, nearSparsity: null, exactSparsity: null, curve: null }
  return { ...figures, scores: null, accuracy: null, failure, seconds: 0, device: null }
}

function curveOf(epochs: readonly Epoch[], batches: number): CellResult['curve'] {
  return epochs.flatMap(({ epoch, validationLoss }) =>
    validationLoss === undefined ? [] : [{ steps: epoch * batches, validation: validationLoss }],
  )
}
