import { mean, sum } from 'd3-array'
import type { LayerSparsity, NativeMean, NetworkConfig } from '../core/native.js'
import { guard, native, ours } from '../core/native.js'
import type { MatrixInput } from '../data/matrix.js'
import { operation } from '../errors/operation.js'
import type { PruneAmount } from '../fit/options.js'
import { inputRows } from '../fit/rows.js'
import { checkThreads } from '../fit/settings.js'
import type { Loss } from '../words.js'
import { Blueprint } from './blueprint.js'
import { Bounded } from './bounds.js'
import { finiteOutputs } from './finite.js'
import { networkFrom, type PsilonNet, type PsilonResNet } from './network.js'
import type { Compaction, Sparsity } from './results.js'

export type AnyNetwork = PsilonNet | PsilonResNet

/**
 * The mean of the networks' outputs as a function; for one network, the network itself.
 *
 * @param taken the inputs that each network takes; null: all of them.
 */
export function averageOf(networks: readonly AnyNetwork[], taken: TakenInputs | null = null): AnyNetwork | Ensemble {
  return networks.length === 1 ? networks[0] : new Ensemble(networks, taken)
}

/** Which inputs of an average each of its members takes. */
export interface TakenInputs {
  /** Inputs of the average. */
  inputs: number
  /** The indices of each member's inputs, ascending; the same array for members that take the same. */
  members: readonly Uint32Array[]
}

export function membersOf(average: AnyNetwork | Ensemble): readonly AnyNetwork[] {
  return average instanceof Ensemble ? average.members : [average]
}

/** f = (1/K) sum_k f_k, the mean of K networks with the same outputs; its methods throw as theirs do. */
export class Ensemble extends Bounded {
  /** What a prediction needs of the configuration: asking the core takes longer than predicting a row. */
  readonly #form: Pick<NetworkConfig, 'inputs' | 'outputs' | 'dtype'>

  /** @param taken the inputs that each member takes; null: all of them. */
  constructor(
    readonly members: readonly AnyNetwork[],
    readonly taken: TakenInputs | null = null,
  ) {
    super()
    this.#form = this.config
  }

  /**
   * Inputs of the average, and the rest of the configuration of the first member. All members have its outputs and dtype;
   * pruning makes the rest differ.
   */
  get config(): NetworkConfig {
    const { config } = this.members[0]
    return { ...config, inputs: this.taken?.inputs ?? config.inputs }
  }

  override get loss(): Loss | null {
    return this.members[0].loss
  }

  /** Raw outputs, averaged in double precision in the order of the members. */
  @operation
  async predict(x: MatrixInput): Promise<{ data: Float64Array; shape: [rows: number, outputs: number] }> {
    const mean = this.mean()
    const { config } = this
    const { data, rows } = inputRows('x', x, config)
    const outputs = await guard(() => native.predictMean(mean, data, rows, checkThreads()))
    return { data: finiteOutputs(ours(outputs), config.outputs), shape: [rows, config.outputs] }
  }

  /** Synchronous predict, on the calling thread alone. */
  @operation
  predictSync(x: MatrixInput): { data: Float64Array; shape: [rows: number, outputs: number] } {
    const mean = this.mean()
    const { data, rows } = inputRows('x', x, this.#form)
    const outputs = guard(() => native.predictMeanSync(mean, data, rows, 1))
    return { data: finiteOutputs(ours(outputs), this.#form.outputs), shape: [rows, this.#form.outputs] }
  }

  /** Means over the members; for a layer, over the members that have it. */
  @operation
  sparsity(): Sparsity {
    const all = this.members.map((member) => member.sparsity())
    const depth = Math.max(...all.map(({ layers }) => layers.length))
    return {
      ...meanSparsity(all),
      layers: Array.from({ length: depth }, (_, k) => meanSparsity(all.flatMap(({ layers }) => layers[k] ?? []))),
      sparseKernels: all.every(({ sparseKernels }) => sparseKernels),
    }
  }

  /** Prunes every member to the same amount, or none, if one cannot be pruned. */
  @operation
  prune(options: PruneAmount): Sparsity {
    this.#idle()
    for (const { config, seed, loss, parameters } of this.members) {
      const copy = networkFrom(new Blueprint(config, seed, loss, parameters))
      try {
        copy.prune(options)
      } finally {
        copy.dispose()
      }
    }
    for (const member of this.members) member.prune(options)
    return this.sparsity()
  }

  /** Sums over the members. */
  @operation
  compact(): Compaction {
    this.#idle()
    const all = this.members.map((member) => member.compact())
    const depth = Math.max(...all.map(({ hidden }) => hidden.length))
    return {
      parametersBefore: sum(all, ({ parametersBefore }) => parametersBefore),
      parametersAfter: sum(all, ({ parametersAfter }) => parametersAfter),
      hidden: Array.from({ length: depth }, (_, k) => sum(all, ({ hidden }) => hidden[k])),
    }
  }

  dispose(): void {
    for (const member of this.members) member.dispose()
  }

  /** @internal */
  override mean(): NativeMean {
    const means = this.members.map((member) => member.mean())
    const { inputs = means[0].inputs, members = null } = this.taken ?? {}
    return { networks: means.flatMap(({ networks }) => networks), inputs, taken: members }
  }

  #idle(): void {
    for (const member of this.members) member.state.idle()
  }
}

function meanSparsity(all: readonly LayerSparsity[]): LayerSparsity {
  const figure = (name: keyof LayerSparsity) => mean(all, (each) => each[name])
  return { near: figure('near') as number, exact: figure('exact') as number, projected: figure('projected') ?? null }
}
