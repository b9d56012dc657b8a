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
  type TrainingData,
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
}

/**
 * Trains one network for each cell, all at once.
 *
 * @returns results in the order of the cells; null for those that were cancelled.
 */
export async function trainNetworks(
  cells: readonly NetworkCell[],
  setOf: (cell: Cell) => DataSet,
  training: Training,
): Promise<(CellResult | null)[]> {
  const networks = cells.map((cell) => networkFor(cell, setOf(cell)))
  const phase = (k: number, options: FitOptions, before: number): Phase => {
    return { cell: cells[k], network: networks[k], data: setOf(cells[k]).train, options, before }
  }
  try {
    const ends = await fitAll(
      cells.map((cell, k) => phase(k, optionsFor(cell, setOf(cell)), 0)),
      training,
    )
    const cut = [...cells.keys()].filter((k) => isCut(cells[k]) && ends[k].history?.stopped === 'completed')
    for (const k of cut) networks[k] = replaceByCut(networks[k], cells[k])
    const tuned = await fitAll(
      cut.map((k) => phase(k, fineTuning(cells[k], setOf(cells[k])), epochsBeforeCut(cells[k]))),
      training,
    )
    for (const [i, k] of cut.entries()) ends[k] = joined(ends[k], tuned[i])
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

interface Phase {
  cell: NetworkCell
  network: Network
  data: TrainingData
  options: FitOptions
  /** Epochs of the cell before this phase. */
  before: number
}

async function fitAll(phases: readonly Phase[], { threads, device, signal, report }: Training): Promise<End[]> {
  if (phases.length === 0) return []
  const fits = phases.map(({ network, data, options }) => ({ network, data, options }))
  const run = fitMany(fits, { threads, device })
  const cancel = () => run.cancel()
  signal.addEventListener('abort', cancel)
  if (signal.aborted) cancel()
  const show = ({ index, epoch }: EpochOfMany) => {
    const { cell, before } = phases[index]
    report(cell, (before + epoch) / cell.setting.epochs)
  }
  return endsOf(run, show).finally(() => signal.removeEventListener('abort', cancel))
}

const isCut = ({ setting }: NetworkCell) => setting.prune?.method === 'magnitude'
const epochsBeforeCut = ({ setting }: NetworkCell) => Math.ceil(setting.epochs / 2)

function replaceByCut(network: Network, { setting }: NetworkCell): Network {
  const cut = cutSmallest(network, setting.prune?.sparsity as number)
  network.dispose()
  return cut
}

/** The rest of the epochs, with a learning rate cycle of its own. */
function fineTuning(cell: NetworkCell, set: DataSet): FitOptions {
  return { ...optionsFor(cell, set), epochs: cell.setting.epochs - epochsBeforeCut(cell) }
}

function joined({ history: first }: End, { history: second, error }: End): End {
  if (first === null || second === null) return { history: second, error }
  return { history: { ...second, seconds: first.seconds + second.seconds }, error }
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

function optionsFor(cell: NetworkCell, { task, validation }: DataSet): FitOptions {
  const { lambda, regularizer, projection, batchSize, learningRate, prune, curve } = cell.setting
  return {
    ...{ lambda, regularizer, projection, batchSize, learningRate },
    epochs: isCut(cell) ? epochsBeforeCut(cell) : cell.setting.epochs,
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
