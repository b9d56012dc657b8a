import type { Section } from '../checkpoint/checkpoint-file.js'
import type { Floats } from '../core/native.js'
import { nullable, number, object, odd, oneOf } from '../io/json-reader.js'
import { type FinishedFit, fitOfSection, sectionOfFit } from './finished-fit.js'
import type { Candidate } from './search.js'

/** What came of a trial. */
export interface Verdict extends Pick<Candidate, 'score' | 'standardError' | 'pathNorm' | 'epochs'> {
  /** For the held-out rows; none if they are not needed. */
  outputs: Floats
  /** If it may become that of the estimator. */
  fit: FinishedFit | null
}

const readFacts = object({
  kind: oneOf('verdict' as const),
  ...{ score: number, standardError: nullable(number), pathNorm: number, epochs: number },
  fit: nullable<unknown>((value) => value),
})

/** A verdict as a section of a checkpoint. */
export function sectionOfVerdict({ score, standardError, pathNorm, epochs, outputs, fit }: Verdict): Section {
  const kept = fit && sectionOfFit(fit)
  const figures = { score, standardError: Number.isNaN(standardError) ? null : standardError, pathNorm, epochs }
  return {
    facts: { kind: 'verdict', ...figures, fit: kept?.facts ?? null },
    numbers: { ...kept?.numbers, outputs },
  }
}

export function verdictOfSection({ facts, numbers }: Section): Verdict {
  const { kind, standardError, fit, ...figures } = readFacts(facts, '')
  const { outputs = odd('it lacks the outputs'), ...own } = numbers
  const kept = fit === null ? null : fitOfSection({ facts: fit, numbers: own })
  return { ...figures, standardError: standardError ?? Number.NaN, outputs, fit: kept }
}
