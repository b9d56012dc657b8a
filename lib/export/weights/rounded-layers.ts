import { range } from 'd3-array'
import type { ExportedLayer } from '../exported-model.js'
import { weightsInUse } from '../stored-layers.js'
import { type RoundedFormat, roundedTo } from './formats.js'

/** A layer whose weights in use, and biases, are the nearest numbers of a format. */
export function roundedLayer(layer: ExportedLayer, format: RoundedFormat): ExportedLayer {
  const { rows, columns, matrices, biases } = layer
  const terms = columns * matrices.length
  const weights = roundedTo(format, weightsInUse(layer))
  const ofMatrix = (s: number) =>
    Float64Array.from({ length: rows * columns }, (_, at) => {
      return weights[Math.floor(at / columns) * terms + s * columns + (at % columns)]
    })
  return {
    ...layer,
    matrices: range(matrices.length).map(ofMatrix),
    scales: new Float64Array(rows).fill(1),
    biases: roundedTo(format, biases),
  }
}
