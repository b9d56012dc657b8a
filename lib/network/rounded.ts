import type { NetworkConfig, Parameters } from '../core/native.js'
import { type RoundedFormat, roundedTo } from '../export/weight-formats.js'
import type { Loss } from '../words.js'
import { Blueprint } from './blueprint.js'
import { exportedLayers } from './exported.js'
import { parameterShapes } from './parameters.js'

interface Rounds {
  readonly config: NetworkConfig
  readonly seed: number
  readonly loss: Loss | null
  readonly parameters: Parameters
}

/** The network whose weights in use, and biases, are the nearest numbers of a format. @throws Refusal ERR_UNSUPPORTED. */
export function roundedBlueprint({ config, seed, loss, parameters }: Rounds, format: RoundedFormat): Blueprint {
  const { hidden, dtype } = config
  const rounded: NetworkConfig = {
    ...config,
    normalization: 'none',
    sharedLength: hidden.map(() => false),
    pruned: false,
  }
  const Floats = dtype === 'float32' ? Float32Array : Float64Array
  const shapes = parameterShapes(rounded)
  const data = exportedLayers(config, parameters).flatMap(({ matrices, scales, columns, biases }) => {
    const size = matrices[0].length
    const weights = Float64Array.from({ length: size * matrices.length }, (_, at) => {
      const [s, place] = [Math.floor(at / size), at % size]
      return scales[Math.floor(place / columns)] * matrices[s][place]
    })
    const own = roundedTo(format, weights)
    return [...matrices.map((_, s) => own.subarray(s * size, (s + 1) * size)), roundedTo(format, biases)]
  })
  const names = [...shapes.keys()]
  const tensors = names.map((name, k) => [
    name,
    { data: Floats.from(data[k]), shape: [...(shapes.get(name) as number[])] },
  ])
  return new Blueprint(rounded, seed, loss, Object.fromEntries(tensors))
}
