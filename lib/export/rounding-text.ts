import type { Answer } from './exported-model.js'
import type { WeightRounding } from './weight-rounding.js'

/** What exported code says of weights that are rounded. */

/** What they change. */
export function changed({ kind }: Answer): string {
  return { number: 'a prediction', class: 'a probability', outputs: 'an output' }[kind]
}

export const where = ({ kind }: Answer): string =>
  kind === 'outputs' ? 'while inputs are from -1 to 1' : 'while numbers are within the range of the training rows'

/** In two lines. */
export const roundingText = (answer: Answer, { format, error }: WeightRounding): string[] => [
  `Weights are rounded to ${format}, which changes ${changed(answer)} by at most ${error}`,
  `${where(answer)}.`,
]
