import type { Caller } from './caller.js'
import { type ErrorCode, PsilonError } from './errors.js'

/** The name of an option in a message: `prune.from` in an error of the API, `--prune-from` on the command line. */
export class OptionName {
  constructor(readonly option: string) {}
}

/** An option with a value in a message: `decimal: ","`, or `--decimal ,` on the command line. */
export class OptionValue {
  constructor(
    readonly option: string,
    readonly value: unknown,
  ) {}
}

export const option = (name: string): OptionName => new OptionName(name)
export const setting = (name: string, value: unknown): OptionValue => new OptionValue(name, value)

type Part = string | OptionName | OptionValue

/** A message in parts: text, and the options that the API and the command line name differently. */
export type Words = readonly Part[]

/** A message from a template, whose values are texts, numbers, options or other messages. */
export function words(strings: TemplateStringsArray, ...values: readonly (Part | number | Words)[]): Words {
  return strings.flatMap((text, k) => {
    const value = values[k - 1]
    if (k === 0) return [text]
    return Array.isArray(value)
      ? [...(value as Words), text]
      : [typeof value === 'number' ? `${value}` : (value as Part), text]
  })
}

/** How options are named. */
export interface Wording {
  name(option: string): string
  setting(option: string, value: unknown): string
}

export const apiWording: Wording = {
  name: (option) => option,
  setting: (option, value) => `${option}: ${valueText(value)}`,
}

const valueText = (value: unknown): string =>
  Array.isArray(value) ? `[${value.map((each) => JSON.stringify(each)).join(', ')}]` : JSON.stringify(value)

interface RefusalOptions {
  cause?: unknown
  details?: Record<string, unknown>
  /** Where it was found, outermost first: `fits[3]`, the name of a file. */
  place?: readonly string[]
}

/**
 * What was refused and why, as data: it does not know which public operation ran, nor who reads it. `operation.ts` makes
 * it a PsilonError.
 */
export class Refusal extends Error {
  readonly code: ErrorCode
  readonly words: Words
  readonly place: readonly string[]
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: Words | string, { cause, details = {}, place = [] }: RefusalOptions = {}) {
    const parts = typeof message === 'string' ? [message] : message
    super(textOf(parts, place), cause === undefined ? undefined : { cause })
    this.code = code
    this.words = parts
    this.place = place
    this.details = details
  }

  /** The message, without the operation. */
  text(wording: Wording = apiWording): string {
    return textOf(this.words, this.place, wording)
  }

  /** The same refusal with another code, place or cause, or with more details. */
  with({
    code = this.code,
    place = this.place,
    cause = this.cause,
    details = {},
  }: RefusalOptions & { code?: ErrorCode }): Refusal {
    return new Refusal(code, this.words, { cause, place, details: { ...this.details, ...details } })
  }
}

function textOf(parts: Words, place: readonly string[], wording = apiWording): string {
  const text = parts.map((part) => {
    if (typeof part === 'string') return part
    return part instanceof OptionName ? wording.name(part.option) : wording.setting(part.option, part.value)
  })
  return [...place.map((each) => `${each}: `), ...text].join('')
}

/** One option alone is to blame: `details.option` is its name. */
export function refuseOption(name: string, message: Words): never {
  throw new Refusal('ERR_OPTION', message, { details: { option: name } })
}

const spokenRefusals = new WeakMap<PsilonError, { refusal: Refusal; operation: string }>()

/** The refusal as the error of a public operation, with the stack of its caller. Anything else stays what it is. */
export function speak(error: unknown, operation: string, caller: Caller): unknown {
  if (!(error instanceof Refusal)) return error
  const { code, cause, details } = error
  const spoken = new PsilonError(code, `[${operation}] ${error.text()}`, { cause, details })
  spokenRefusals.set(spoken, { refusal: error, operation })
  return caller.of(spoken)
}

/** What an error says, as data: of a PsilonError too. Undefined for anything else. */
export function refusalOf(error: unknown): Refusal | undefined {
  return error instanceof Refusal ? error : spokenRefusals.get(error as PsilonError)?.refusal
}

/** The operation that has spoken. */
export const operationOf = (error: unknown): string | undefined => spokenRefusals.get(error as PsilonError)?.operation

/** Does the work; what it refuses gets a place, such as `validation` or `fits[3]`, and these details. */
export function within<T>(place: string, work: () => T, details: Record<string, unknown> = {}): T {
  try {
    return work()
  } catch (error) {
    throw placed(error, place, details)
  }
}

/** A refusal with a place before its own, also of a PsilonError, which the operation that runs speaks anew. */
export function placed(error: unknown, place: string, details: Record<string, unknown> = {}): unknown {
  const refusal = refusalOf(error)
  return refusal === undefined ? error : refusal.with({ place: [place, ...refusal.place], details })
}

/** Does the work; what an inner operation refuses is left to the outer one to speak. */
export function unspoken<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw refusalOf(error) ?? error
  }
}
