import type { Reading } from '../tables/read-options.js'
import type { Interval } from './bounds/output-differences.js'
import type { ExportedBounds, ExportedModel } from './exported-model.js'
import type { RoundedFormat, WeightFormat } from './weights/formats.js'
import { predictionDifference, type WeightRounding } from './weights/rounding.js'

/** A model as code is written from it: with the weights that the code has. */
export interface ExportedCode extends ExportedModel {
  rounding: WeightRounding | null
  /** Of the model with these weights. */
  bounds: ExportedBounds | null
}

interface Source {
  model(): ExportedModel
  bounds(): ExportedBounds
}

/** A trained model that can be written in other forms. */
export interface Exportable extends Source {
  /** How texts in rows of a table are read. */
  readonly reading?: Reading
  /** The same with rounded weights, and what frees it. */
  rounded(format: RoundedFormat): Source & { dispose(): void }
  /** The inputs for which the effect of rounding is bounded. */
  box(): readonly Interval[]
}

export function codeOf(
  source: Exportable,
  { weights, bounds }: { weights: WeightFormat; bounds: boolean },
): ExportedCode {
  if (weights === 'exact') return { ...source.model(), rounding: null, bounds: bounds ? source.bounds() : null }
  const rounded = source.rounded(weights)
  try {
    const model = rounded.model()
    const error = predictionDifference(source.model(), model, source.box())
    return { ...model, rounding: { format: weights, error }, bounds: bounds ? rounded.bounds() : null }
  } finally {
    rounded.dispose()
  }
}
