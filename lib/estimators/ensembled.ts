import type { EncodingName } from '../data/encodings/encodings.js'
import type { Preprocessor } from '../data/preprocess.js'
import { type AnyNetwork, averageOf, type Ensemble } from '../network/ensemble.js'

/** A network, or several whose outputs are averaged, and how a table becomes their inputs. */
export interface Ensembled {
  network: AnyNetwork | Ensemble
  preprocessor: Preprocessor
  /** The encoding of numeric columns whose inputs each network takes. */
  encodings: readonly EncodingName[]
}

/** @param wanted the encoding that each network was trained with. */
export function ensembled(
  networks: readonly AnyNetwork[],
  preprocessor: Preprocessor,
  wanted: readonly EncodingName[],
): Ensembled {
  const { encodings: all, features } = preprocessor
  if (all.length === 1) return { network: averageOf(networks), preprocessor, encodings: networks.map(() => all[0]) }
  const inputs = new Map(all.map((encoding) => [encoding, preprocessor.inputsOf(encoding)]))
  const members = wanted.map((encoding) => inputs.get(encoding) as Uint32Array)
  return { network: averageOf(networks, { inputs: features.length, members }), preprocessor, encodings: [...wanted] }
}
