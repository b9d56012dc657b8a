import { transformTraits } from '../../data/target-transform.js'
import type { Answer } from '../exported-model.js'
import type { WeightRounding } from './rounding.js'

/** What exported code says of weights that are rounded. */

/** What they change. */
export const changed = (answer: Answer): string => (answer.kind === 'class' ? 'a probability' : learned(answer))

/** What outputs are, of which bounds are known. */
export function learned(answer: Answer): string {
  if (answer.kind === 'class') return 'a logit'
  if (answer.kind === 'outputs') return 'an output'
  return answer.transform === 'none' ? 'a prediction' : transformTraits[answer.transform].text('prediction')
}

export const where = ({ kind }: Answer): string =>
  kind === 'outputs' ? 'while inputs are from -1 to 1' : 'while numbers are within the range of the training rows'

/** In two lines. */
export const roundingText = (answer: Answer, { format, error }: WeightRounding): string[] => [
  `Weights are rounded to ${format}, which changes ${changed(answer)} by at most ${error}`,
  `${where(answer)}.`,
]
