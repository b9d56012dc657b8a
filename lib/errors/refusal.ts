import type { Caller } from './caller.js'
import { type ErrorCode, PsilonError, printable } from './errors.js'

/** A message in parts: text, and the options that the API and the command line name differently. */
export type Words = readonly (string | { readonly option: string; readonly value?: string | readonly string[] })[]

/** The name of an option in a message: `prune.from` in an error of the API, `--prune-from` on the command line. */
export const option = (name: string): Words => [{ option: name }]

/** An option with a value in a message: `decimal: ","`, or `--decimal ,` on the command line. */
export const setting = (option: string, value: string | readonly string[]): Words => [{ option, value }]

/** A message from a template, whose values are texts, numbers, options or other messages. */
export function words(strings: TemplateStringsArray, ...values: readonly (string | number | Words)[]): Words {
  const parts = strings.flatMap((text, k): Words => {
    const value = k === 0 ? [] : values[k - 1]
    return typeof value === 'object' ? [...value, text] : [String(value), text]
  })
  return parts.filter((part) => part !== '')
}

export const joined = (messages: readonly Words[], separator: string): Words =>
  messages.flatMap((message, k) => (k === 0 ? message : [separator, ...message]))

export interface Wording {
  name(option: string): string
  setting(option: string, value: string | readonly string[]): string
}

export const apiWording: Wording = {
  name: (option) => option,
  setting: (option, value) => `${option}: ${JSON.stringify(value)}`,
}

export function textOf(message: Words, wording = apiWording): string {
  const texts = message.map((part) => {
    if (typeof part === 'string') return part
    return part.value === undefined ? wording.name(part.option) : wording.setting(part.option, part.value)
  })
  return texts.join('')
}

interface RefusalOptions {
  cause?: unknown
  details?: Record<string, unknown>
  /** Where it was found, outermost first: `fits[3]`, the name of a file. */
  place?: readonly string[]
}

/**
 * A refusal as data: it names neither the public operation nor the wording of options. `operation.ts` turns it into a
 * PsilonError.
 */
export class Refusal extends Error {
  readonly code: ErrorCode
  /** The message without the place. */
  readonly words: Words
  readonly place: readonly string[]
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: Words | string, { cause, details = {}, place = [] }: RefusalOptions = {}) {
    const parts = typeof message === 'string' ? [message] : message
    super(printable(textOf([...placesOf(place), ...parts])), cause === undefined ? undefined : { cause })
    this.code = code
    this.words = parts
    this.place = place
    this.details = details
  }

  get said(): Words {
    return [...placesOf(this.place), ...this.words]
  }

  /** The same refusal with another code or place, or with more details. */
  with({
    code = this.code,
    place = this.place,
    details = {},
  }: Pick<RefusalOptions, 'place' | 'details'> & { code?: ErrorCode }): Refusal {
    const { words, cause } = this
    return new Refusal(code, words, { cause, place, details: { ...this.details, ...details } })
  }
}

Object.defineProperty(Refusal.prototype, 'name', { value: 'Refusal', configurable: true, writable: true })

const placesOf = (place: readonly string[]): Words => place.map((each) => `${each}: `)

/** Refuses one option, whose name becomes `details.option`. */
export function refuseOption(name: string, message: Words): never {
  throw new Refusal('ERR_OPTION', message, { details: { option: name } })
}

const spoken = new WeakMap<object, { refusal: Refusal; operation: string }>()

/**
 * Turns a refusal into the error of a public operation, with the stack of its caller. An error of an inner operation
 * only gets that stack; anything else is returned unchanged.
 */
export function speak(error: unknown, operation: string, caller: Caller): unknown {
  if (!(error instanceof Refusal)) return error instanceof PsilonError && spoken.has(error) ? caller.of(error) : error
  const { code, cause, details } = error
  const said = new PsilonError(code, `[${operation}] ${textOf(error.said)}`, { cause, details })
  spoken.set(said, { refusal: error, operation })
  return caller.of(said)
}

/** The refusal of an error, also of a PsilonError; undefined for anything else. */
export function refusalOf(error: unknown): Refusal | undefined {
  return error instanceof Refusal ? error : spoken.get(Object(error))?.refusal
}

export const operationOf = (error: unknown): string | undefined => spoken.get(Object(error))?.operation

/** Does the work; its refusals get a place, such as `validation` or `fits[3]`, and these details. */
export function within<T>(place: string, work: () => T, details: Record<string, unknown> = {}): T {
  try {
    return work()
  } catch (error) {
    throw placed(error, place, details)
  }
}

/** A refusal with a place before its own; a PsilonError becomes a refusal again, for an outer operation. */
export function placed(error: unknown, place: string, details: Record<string, unknown> = {}): unknown {
  const refusal = refusalOf(error)
  return refusal === undefined ? error : refusal.with({ place: [place, ...refusal.place], details })
}

/** Does the work; errors of inner operations become refusals again, for the outer operation. */
export function unspoken<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw refusalOf(error) ?? error
  }
}
