import { PsilonError } from '../errors.js'
import {
  type Epoch,
  type EpochOfMany,
  type FitOptions,
  fitMany,
  type History,
  type PruneSchedule,
  PsilonNet,
  PsilonResNet,
  type TrainingRun,
} from '../index.js'
import type { Cell, CellResult, NetworkSetting, PruneSetting } from './cells.js'
import type { DataSet } from './data-sets.js'
import { cutSmallest } from './magnitude.js'
import { accuracyOf, predictParts, scoresOf } from './scores.js'

export type NetworkCell = Cell & { setting: NetworkSetting }

type Network = PsilonNet | PsilonResNet

export interface Training {
  threads: number
  device: 'auto' | 'cpu' | 'cuda'
  signal: AbortSignal
  /** Is told how much of a cell is done, 0 to 1. */
  report(cell: Cell, share: number): void
  /** Takes the network of a cell as soon as it is trained, before its result. */
  trained?(cell: Cell, network: Network): Promise<void>
  /** Takes the result of a cell; of a fit that diverged once all have ended. */
  finish(cell: Cell, result: CellResult): Promise<void>
}

/**
 * Trains one network for each cell, in their order, as many at a time as there are threads. Those that are cancelled have
 * no result.
 */
export async function trainNetworks(
  cells: readonly NetworkCell[],
  setOf: (cell: Cell) => DataSet,
  training: Training,
): Promise<void> {
  const { threads, device, signal, report, trained, finish } = training
  const networks = cells.map((cell) => networkFor(cell, setOf(cell)))
  const refusals: unknown[] = []
  const handOver = async (k: number, history: History) => {
    if (history.stopped === 'cancelled') return
    const cell = cells[k]
    const seconds = isCut(cell) ? await cutAndFineTune(k, history.seconds) : history.seconds
    if (seconds === null) return
    await trained?.(cell, networks[k])
    await finish(cell, await resultOf(setOf(cell), cell, networks[k], { ...history, seconds }).catch(divergedResult))
    networks[k].dispose()
  }
  /** The seconds of both fits; null where the second one has no network to give. */
  const cutAndFineTune = async (k: number, seconds: number) => {
    const [cell, dense] = [cells[k], networks[k]]
    networks[k] = cutSmallest(dense, cell.setting.prune?.sparsity as number)
    dense.dispose()
    const history = await fineTune(networks[k], cell, setOf(cell), training)
    return history === null ? null : seconds + history.seconds
  }
  try {
    const fits = cells.map((cell, k) => {
      const ended = (history: History) => handOver(k, history).catch(refuse)
      return { network: networks[k], data: setOf(cell).train, options: optionsFor(cell, setOf(cell)), ended }
    })
    const run = fitMany(fits, { threads, device })
    const cancel = () => run.cancel()
    signal.addEventListener('abort', cancel)
    if (signal.aborted) cancel()
    const show = ({ index, epoch }: EpochOfMany) => report(cells[index], epoch / cells[index].setting.epochs)
    const errors = await errorsOf(run, show).finally(() => signal.removeEventListener('abort', cancel))
    if (refusals.length > 0) throw refusals[0]
    for (const [k, error] of errors.entries()) if (error !== null) await finish(cells[k], divergedResult(error))

    function refuse(error: unknown): void {
      refusals.push(error)
      cancel()
    }
  } finally {
    for (const network of networks) network.dispose()
  }
}

/** The rest of the epochs, with a learning rate cycle of its own; null where it was cancelled or diverged. */
async function fineTune(
  network: Network,
  cell: NetworkCell,
  set: DataSet,
  training: Training,
): Promise<History | null> {
  const { signal, device, report, finish } = training
  const before = epochsBeforeCut(cell.setting)
  const { epochs } = cell.setting
  const options = { ...optionsFor(cell, set), epochs: epochs - before, threads: 1, device, signal }
  const run = network.fit(set.train, options)
  try {
    for await (const { epoch } of run) report(cell, (before + epoch) / epochs)
    return await run
  } catch (error) {
    if (isDivergence(error)) await finish(cell, divergedResult(error))
    else if (!signal.aborted) throw error
    return null
  }
}

const isCut = ({ setting }: NetworkCell) => setting.prune?.method === 'magnitude'
const epochsBeforeCut = ({ epochs }: NetworkSetting) => Math.ceil(epochs / 2)

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

const isDivergence = (error: unknown): error is PsilonError =>
  error instanceof PsilonError && error.code === 'ERR_NON_FINITE'

function networkFor({ setting, seed }: NetworkCell, { inputs, outputs }: DataSet): Network {
  const { architecture, hidden, depth, normalization, sharedLength } = setting
  const kind = architecture === 'resnet' ? PsilonResNet : PsilonNet
  return new kind({ inputs, hidden, depth, outputs, normalization, sharedLength, seed: seed ?? 0 })
}

const losses = { regression: 'mse', binary: 'bce', classes: 'softmax' } as const

function optionsFor(cell: NetworkCell, { task, validation }: DataSet): FitOptions {
  const { lambda, regularizer, projection, batchSize, learningRate, prune, curve } = cell.setting
  return {
    ...{ lambda, regularizer, projection, batchSize, learningRate },
    epochs: isCut(cell) ? epochsBeforeCut(cell.setting) : cell.setting.epochs,
    loss: losses[task],
    prune: prune === null ? undefined : scheduleOf(prune),
    ...(curve === null ? {} : { validation: { ...validation, every: curve } }),
  }
}

/** The published code's homotopy, as docs/experiments.md tells, is in the last fifth of a run. */
function scheduleOf({ method, sparsity }: PruneSetting): PruneSchedule | undefined {
  if (method === 'magnitude') return undefined
  const amount = sparsity === null ? { scale: 'raw' as const } : { sparsity }
  return method === 'published' ? { ...amount, from: 0.8, to: 0.98, restart: false } : amount
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
