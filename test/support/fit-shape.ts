import type { FitOptions } from 'psilon'
import type { NativeFitShape, NetworkConfig } from '#psilon/core/native.js'
import { fitSettings } from '#psilon/fit/settings.js'

/** What the core is told of a fit to say what memory it needs; of rows without weights, with one target each. */
export function fitShape(config: NetworkConfig, rows: number, options: FitOptions): NativeFitShape {
  const { native } = fitSettings(options, config, 0)
  return { options: native, rows, targets: config.outputs, weighted: false, validationRows: 0 }
}
