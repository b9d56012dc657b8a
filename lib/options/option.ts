import { type Renamed, refuse, refuseUnknown } from '../checks.js'
import { isRecord } from '../realms.js'
import type { NetworkKind } from '../words.js'

export interface ValueKind<T> {
  readonly type:
    | 'integer'
    | 'number'
    | 'number or word'
    | 'numbers'
    | 'choice'
    | 'boolean'
    | 'text'
    | 'texts'
    | 'widths'
    | 'object'
    | 'other'
  /** The values in words, such as `at least 0`. */
  readonly values: string
  /** For a choice. */
  readonly choices?: readonly string[]
  /** For a number or word. */
  readonly word?: string
  /** For an object. */
  readonly options?: object
  /** The value. @throws Refusal ERR_OPTION that names the option. */
  check(name: string, value: unknown): T
}

/** A default that depends on the kind of network. */
export class ByKind<T> {
  constructor(
    readonly mlp: T,
    readonly resnet: T,
  ) {}
}

export const byKind = <T>(mlp: T, resnet: T): ByKind<T> => new ByKind(mlp, resnet)

/** A default that is computed when needed. */
export class Computed<T> {
  constructor(
    readonly value: () => T,
    readonly text: string,
  ) {}
}

/** @param text the default in words. */
export const computed = <T>(value: () => T, text: string): Computed<T> => new Computed(value, text)

/** An option, declared once: checks, the command line and the documentation follow from it. */
export interface Option<T> {
  readonly kind: ValueKind<T>
  readonly default?: T | ByKind<T> | Computed<T>
  /** The default in words, if it is not a value of the option. */
  readonly otherwise?: string
  readonly required?: true
  /** One sentence that says what it does. */
  readonly sentence: string
  /** Sections of docs/method.md. */
  readonly sections?: readonly number[]
  /** On the command line, as in `--batch-size <rows>`; with a sentence of its own if the option's does not fit. */
  readonly flag?: string | { readonly usage: string; readonly sentence: string }
}

/** A declaration for each property of an interface of options. */
export type Declarations<Options> = { readonly [Name in keyof Options]-?: Option<NonNullable<Options[Name]>> }

type AnyDeclarations = { readonly [name: string]: Option<unknown> }
type Value<Declared> = Declared extends { kind: ValueKind<infer T> } ? T : never
/** The options that always have a value. */
type Certain<D> = {
  [Name in keyof D]: D[Name] extends { default: unknown } | { required: true } ? Name : never
}[keyof D]

/** Checked values: those that are given, else defaults. */
export type Values<D> = { [Name in Certain<D>]: Value<D[Name]> } & {
  [Name in Exclude<keyof D, Certain<D>>]?: Value<D[Name]>
}

/** The options that are given, unchecked; each is read once. @throws Refusal ERR_OPTION for an unknown name. */
export function readOptions(
  declarations: object,
  options: unknown,
  what = 'options',
  renamed: Renamed = {},
): Record<string, unknown> {
  return refuseUnknown(options, Object.keys(declarations), what, renamed)
}

/** Checks one option; returns its default if no value is given. */
export function checkOption<T>(name: string, option: Option<T>, value: unknown): T {
  return value === undefined ? (defaultOf(option) as T) : option.kind.check(name, value)
}

interface OptionContext {
  /** Of network, on which defaults depend. */
  kind?: NetworkKind
  /** What the options are, for messages. */
  what?: string
  /** Before their names in messages. */
  prefix?: string
  renamed?: Renamed
}

/**
 * Checks options; each is read once.
 *
 * @throws Refusal ERR_OPTION for an unknown name, or a value out of its range.
 */
export function checkOptions<D extends AnyDeclarations>(
  declarations: D,
  options: unknown,
  { kind = 'mlp', what = 'options', prefix = '', renamed = {} }: OptionContext = {},
): Values<D> {
  const given = readOptions(declarations, options, what, renamed)
  const values: Record<string, unknown> = Object.create(null) // an option that is not given has no value, inherited or not
  for (const [name, option] of Object.entries<Option<unknown>>(declarations)) {
    const value = given[name] === undefined ? defaultOf(option, kind) : option.kind.check(prefix + name, given[name])
    if (value === undefined && option.required) option.kind.check(prefix + name, undefined)
    if (value !== undefined) values[name] = value
  }
  return values as Values<D>
}

export function defaultOf<T>({ default: given }: Option<T>, kind: NetworkKind = 'mlp'): T | undefined {
  if (given instanceof ByKind) return given[kind]
  return given instanceof Computed ? given.value() : given
}

/** The default in words: `'mse'`, `2e-3, resnet 2e-2`; empty if there is none. @param quote around texts. */
export function defaultText({ default: given, otherwise }: Option<unknown>, quote = "'"): string {
  const text = (value: unknown): string => {
    if (typeof value === 'number' && value > 0 && value < 0.1) return value.toExponential()
    return typeof value === 'string' ? `${quote}${value}${quote}` : String(value)
  }
  if (given === undefined) return otherwise ?? ''
  if (given instanceof Computed) return given.text
  return given instanceof ByKind ? `${text(given.mlp)}, resnet ${text(given.resnet)}` : text(given)
}

/** An object of options, whose names follow its own: `prune.from`. @param example `{ sparsity: 0.9 }` */
export function object<D extends AnyDeclarations>(name: string, options: D, example: string): ValueKind<Values<D>> {
  return {
    type: 'object',
    options,
    values: example,
    check(_, value) {
      if (!isRecord(value)) return refuse(name, `an object, as in ${name}: ${example}`, value)
      return checkOptions(options, value, { what: name, prefix: `${name}.` })
    },
  }
}

export function pick<D extends object, Name extends keyof D>(declarations: D, names: readonly Name[]): Pick<D, Name> {
  return Object.fromEntries(names.map((name) => [name, declarations[name]])) as never
}

export function omit<D extends object, Name extends keyof D>(declarations: D, names: readonly Name[]): Omit<D, Name> {
  const entries = Object.entries(declarations).filter(([name]) => !names.includes(name as Name))
  return Object.fromEntries(entries) as never
}

/** All options with their paths, such as `prune.from`; an object of options is followed by those in it. */
export function pathsOf(declarations: object, prefix = ''): [path: string, option: Option<unknown>][] {
  return Object.entries(declarations as Record<string, Option<unknown>>).flatMap(([name, option]) => {
    const inner = option.kind.options === undefined ? [] : pathsOf(option.kind.options, `${prefix}${name}.`)
    return [[`${prefix}${name}`, option] as [string, Option<unknown>], ...inner]
  })
}
