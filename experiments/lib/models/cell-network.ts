import {
  type Epoch,
  type FitOptions,
  type History,
  type PruneSchedule,
  PsilonError,
  PsilonNet,
  PsilonResNet,
} from 'psilon'
import type { Cell, CellResult, NetworkSetting, PruneSetting } from '../cells/cells.js'
import type { DataSet } from '../data/data-sets.js'
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

/** The network of a cell on its way to a result. */
export class CellNetwork {
  readonly #network: Network
  readonly #cell: NetworkCell
  readonly #set: DataSet
  readonly #training: Training

  constructor(cell: NetworkCell, set: DataSet, training: Training) {
    this.#network = networkFor(cell, set)
    this.#cell = cell
    this.#set = set
    this.#training = training
  }

  toFit() {
    return { network: this.#network, data: this.#set.train, options: optionsFor(this.#cell, this.#set) }
  }

  async ended(history: History): Promise<void> {
    if (history.stopped === 'cancelled') return
    const seconds = isCut(this.#cell) ? await this.#cutAndFineTune(history.seconds) : history.seconds
    if (seconds === null) return
    const { trained, finish } = this.#training
    await trained?.(this.#cell, this.#network)
    const result = resultOf(this.#set, this.#cell, this.#network, { ...history, seconds })
    await finish(this.#cell, await result.catch(divergedResult))
    this.dispose()
  }

  /** The seconds of both fits; null where the second one has no network to give. */
  async #cutAndFineTune(seconds: number): Promise<number | null> {
    cutSmallest(this.#network, this.#cell.setting.prune?.sparsity as number)
    const history = await fineTune(this.#network, this.#cell, this.#set, this.#training)
    return history === null ? null : seconds + history.seconds
  }

  dispose(): void {
    this.#network.dispose()
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

export const isDivergence = (error: unknown): error is PsilonError =>
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
export function divergedResult(error: unknown): CellResult {
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
