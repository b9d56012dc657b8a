import { mean } from 'd3-array'
import type { MatrixInput } from '../data/matrix.js'
import type { LayerSparsity, Loss, NetworkConfig } from '../native.js'
import { Blueprint } from './blueprint.js'
import { finiteBounds, finiteFigure, refuseNaN } from './finite.js'
import type { PruneAmount } from './fit-options.js'
import { checkThreads } from './fit-settings.js'
import { type Network, PsilonNet, PsilonResNet } from './network.js'
import { type BoundOptions, checkBound } from './network-options.js'
import { OutputSlopes } from './output-slopes.js'
import { refuseNoClasses } from './probabilities.js'
import type { Certificate, Compaction, Sparsity } from './results.js'

export type AnyNetwork = PsilonNet | PsilonResNet

export function networkFrom(blueprint: Blueprint): AnyNetwork {
  return blueprint.config.kind === 'mlp' ? new PsilonNet(blueprint) : new PsilonResNet(blueprint)
}

/** The function that is the mean of the networks' outputs; of one network, that network. */
export function averageOf(networks: readonly AnyNetwork[]): AnyNetwork | Ensemble {
  return networks.length === 1 ? networks[0] : new Ensemble(networks)
}

export function membersOf(average: AnyNetwork | Ensemble): readonly AnyNetwork[] {
  return average instanceof Ensemble ? average.members : [average]
}

/**
 * f = (1/K) sum_k f_k of K networks with the same inputs and outputs. What bounds the slope of f_k bounds, averaged over k,
 * that of f. Its methods are those of a network and throw as they do.
 */
export class Ensemble {
  readonly members: readonly AnyNetwork[]

  constructor(members: readonly AnyNetwork[]) {
    this.members = members
  }

  /** That of the first member. Inputs, outputs and dtype are those of all; pruning makes the rest differ. */
  get config(): NetworkConfig {
    return this.members[0].config
  }

  get loss(): Loss | null {
    return this.members[0].loss
  }

  /** Raw outputs, averaged in double precision in the order of the members, which share the threads. */
  async predict(x: MatrixInput): Promise<{ data: Float64Array; shape: [rows: number, outputs: number] }> {
    const { members } = this
    const threads = Math.max(1, Math.floor(checkThreads() / members.length))
    const outputs = await Promise.all(members.map((member) => member.predict(x, { threads })))
    const data = new Float64Array(outputs[0].data.length)
    for (const each of outputs) {
      for (let i = 0; i < data.length; i++) data[i] += each.data[i] / members.length
    }
    return { data, shape: outputs[0].shape }
  }

  pathNorm(options: BoundOptions = {}): number {
    const norm = mean(this.members, (member) => member.pathNorm(options)) as number
    return finiteFigure(norm, 'the mean over the networks')
  }

  lipschitz(): number {
    const outputs = Array.from({ length: this.config.outputs }, (_, output) => output)
    return outputs.reduce((most, output) => Math.max(most, this.pathNorm({ bound: 'tight', output })), 0)
  }

  influence(options: BoundOptions = {}): Float64Array {
    const bounds = this.members.map((member) => member.influence(options))
    const means = bounds[0].map((_, j) => mean(bounds, (q) => q[j]) as number)
    return finiteBounds(means, 'the influence of input')
  }

  async certify(x: MatrixInput, options: Pick<BoundOptions, 'bound'> = {}): Promise<Certificate> {
    const { config, loss, members } = this
    const bound = checkBound(options)
    refuseNoClasses(loss, config)
    const slopes = members.map(({ config, parameters }) => new OutputSlopes({ config, parameters }, bound))
    const between = (c: number, k?: number) => mean(slopes, (each) => each.between(c, k)) as number
    const certificate = certificateOf(await this.predict(x), between)
    refuseNaN(certificate.radii, 'the radius of row')
    return certificate
  }

  /** Means over the members; of a layer, over those that have it. */
  sparsity(): Sparsity {
    const all = this.members.map((member) => member.sparsity())
    const depth = Math.max(...all.map(({ layers }) => layers.length))
    return {
      ...meanSparsity(all),
      layers: Array.from({ length: depth }, (_, k) => meanSparsity(all.flatMap(({ layers }) => layers[k] ?? []))),
      sparseKernels: all.every(({ sparseKernels }) => sparseKernels),
    }
  }

  /** Prunes every member to the same amount, or none where one cannot be. */
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
  compact(): Compaction {
    this.#idle()
    const all = this.members.map((member) => member.compact())
    const depth = Math.max(...all.map(({ hidden }) => hidden.length))
    const sum = (value: (each: Compaction) => number) => all.reduce((sum, each) => sum + value(each), 0)
    return {
      parametersBefore: sum(({ parametersBefore }) => parametersBefore),
      parametersAfter: sum(({ parametersAfter }) => parametersAfter),
      hidden: Array.from({ length: depth }, (_, k) => sum(({ hidden }) => hidden[k] ?? 0)),
    }
  }

  dispose(): void {
    for (const member of this.members) member.dispose()
  }

  #idle(): void {
    for (const member of this.members as readonly Network[]) member.state.idle()
  }
}

/** As native/network/certificates.cpp does it for one network. @param between P(c, k), or P(c) of a single logit. */
function certificateOf(
  { data, shape: [rows, outputs] }: { data: Float64Array; shape: [number, number] },
  between: (c: number, k?: number) => number,
): Certificate {
  const classes = new Int32Array(rows)
  const radii = new Float64Array(rows)
  const single = outputs === 1 ? between(0) : Number.NaN
  const pairs: number[][] = []
  for (let i = 0; i < rows; i++) {
    const f = data.subarray(i * outputs, (i + 1) * outputs)
    const c = outputs === 1 ? 0 : f.indexOf(Math.max(...f))
    classes[i] = outputs === 1 ? Number(f[0] > 0) : c
    if (outputs > 1) pairs[c] ??= Array.from(f, (_, k) => between(c, k))
    radii[i] =
      outputs === 1
        ? radiusOf(Math.abs(f[0]), single)
        : f.reduce(
            (least, value, k) => (k === c ? least : Math.min(least, radiusOf(f[c] - value, pairs[c][k]))),
            Infinity,
          )
  }
  return { classes, radii }
}

function radiusOf(margin: number, slope: number): number {
  if (margin <= 0) return 0
  return slope === 0 ? Infinity : margin / slope
}

function meanSparsity(all: readonly LayerSparsity[]): LayerSparsity {
  const figure = (name: keyof LayerSparsity) => mean(all, (each) => each[name])
  return { near: figure('near') as number, exact: figure('exact') as number, projected: figure('projected') ?? null }
}
