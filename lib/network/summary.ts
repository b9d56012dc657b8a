import { sum } from 'd3-array'
import type { LayerSparsity, NetworkConfig } from '../core/native.js'
import { aligned, facts, figure, percent } from '../print.js'
import { bounds, type Loss } from '../words.js'
import type { Bounded } from './bounds.js'
import { describeNetwork } from './describe.js'
import { countParameters, parametersOfLayer } from './parameters.js'
import type { Sparsity } from './results.js'

/** Texts that say what a network is. */

type Facts = [name: string, text: string][]

/** One network, or a mean of several. */
type Summarised = Bounded & { config: NetworkConfig; sparsity(): Sparsity }

/** What is known of a network without computing anything. */
export function networkFacts(config: NetworkConfig, training: { loss: Loss | null; seed: number }): Facts {
  return [
    ['network', describeNetwork(config)],
    ['outputs', config.outputs.toLocaleString('en-US')],
    ['parameters', countParameters(config).toLocaleString('en-US')],
    ['trained', training.loss === null ? 'not yet' : `loss ${training.loss}`],
    ['seed', String(training.seed)],
  ]
}

/** A line for each layer: its inputs, units, parameters, zeros, and the factor by which it makes the path norm larger. */
export function layerLines(network: Summarised): string[] {
  const { config } = network
  const { layers, ...whole } = network.sparsity()
  const widths = [config.inputs, ...config.hidden, config.outputs]
  const zeros = ({ exact }: LayerSparsity) => percent(exact)
  const counted = (n: number) => n.toLocaleString('en-US')
  return aligned([
    ['layer', 'inputs', 'units', 'parameters', 'zeros', 'factor'],
    ...layers.map((layer, k) => [
      String(k),
      ...[widths[k], widths[k + 1], parametersOfLayer(config, k)].map(counted),
      zeros(layer),
      figure(network.pathNorm({ layer: k })),
    ]),
    [
      'all',
      '',
      counted(sum(widths.slice(1))),
      counted(countParameters(config)),
      zeros(whole),
      figure(network.pathNorm()),
    ],
  ])
}

/** The bounds that hold everywhere. */
export function boundLines(network: Bounded): string[] {
  const norms = bounds.map((bound) => `${figure(network.pathNorm({ bound }))} (${bound})`)
  return facts([
    ['path norm', norms.join(', ')],
    ['Lipschitz', figure(network.lipschitz())],
  ])
}
