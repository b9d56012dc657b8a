import type { FitOptions } from 'psilon'
import type { NativeFitShape, NetworkConfig } from '#psilon/native.js'
import { fitPlan } from '#psilon/network/fit-options.js'

/** What the core is told of a fit to say what memory it needs; of rows without weights, with one target each. */
export function fitShape(config: NetworkConfig, rows: number, options: FitOptions): NativeFitShape {
  const { native } = fitPlan(options, config, 0)
  return { options: native, rows, targets: config.outputs, weighted: false, validationRows: 0 }
}
