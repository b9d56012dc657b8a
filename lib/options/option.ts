import { refuse, refuseUnknown } from '../checks.js'
import { isRecord } from '../realms.js'
import type { NetworkKind } from '../words.js'

/** The values that an option takes. */
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
  /** Of a choice. */
  readonly choices?: readonly string[]
  /** Of a number or word. */
  readonly word?: string
  /** Of an object. */
  readonly options?: Declarations<object>
  /** The value. @throws Refusal ERR_OPTION that names the option. */
  check(name: string, value: unknown): T
}

/** A default that depends on the kind of network. */
class ByKind<T> {
  constructor(
    readonly mlp: T,
    readonly resnet: T,
  ) {}
}

export const byKind = <T>(mlp: T, resnet: T): ByKind<T> => new ByKind(mlp, resnet)

/** A default that is found when it is needed, or by someone else. */
class Computed<T> {
  constructor(
    readonly text: string,
    readonly value: () => T | undefined,
  ) {}
}

/** @param text what the default is, in words. */
export const computed = <T>(text: string, value: () => T | undefined = () => undefined): Computed<T> =>
  new Computed(text, value)

/** An option, declared once: checks, the command line and the documentation follow from it. */
export interface Option<T> {
  readonly kind: ValueKind<T>
  /** Without one the option is required, or is left out. */
  readonly default?: T | ByKind<T> | Computed<T>
  readonly required?: true
  /** One sentence that says what it does. */
  readonly sentence: string
  /** Sections of docs/method.md. */
  readonly sections?: readonly number[]
  /** On the command line, as in `--batch-size <rows>`; with a sentence of its own where it turns the option off. */
  readonly flag?: string | { readonly usage: string; readonly sentence: string }
}

/** A declaration for each property of an interface of options. */
export type Declarations<Options> = { readonly [Name in keyof Options]-?: Option<NonNullable<Options[Name]>> }

/** Checked values: those that are given, else defaults; `Absent` are the options that have none. */
export type Values<Options, Absent extends keyof Options = never> = {
  [Name in Exclude<keyof Options, Absent>]-?: Exclude<Options[Name], undefined>
} & Partial<Pick<Options, Absent>>

/** The options that are given, unchecked; each is read once. @throws Refusal ERR_OPTION for an unknown name. */
export function readOptions(
  declarations: Declarations<object>,
  options: unknown,
  what = 'options',
): Record<string, unknown> {
  return refuseUnknown(options, Object.keys(declarations), what)
}

/** One option: its default where no value is given. */
export function checkOption<T>(name: string, option: Option<T>, value: unknown): T {
  return value === undefined ? (defaultOf(option) as T) : option.kind.check(name, value)
}

/**
 * Checks options; each is read once.
 *
 * @param what they are, for messages.
 * @param kind of network, on which defaults depend.
 * @throws Refusal ERR_OPTION for an unknown name, or a value out of its range.
 */
export function checkOptions<Options extends object, Absent extends keyof Options = never>(
  declarations: Declarations<Options>,
  options: unknown,
  { kind = 'mlp', what = 'options', prefix = '' }: { kind?: NetworkKind; what?: string; prefix?: string } = {},
): Values<Options, Absent> {
  const given = readOptions(declarations, options, what)
  const entries = Object.entries<Option<unknown>>(declarations).flatMap(([name, option]) => {
    const value = given[name] === undefined ? defaultOf(option, kind) : option.kind.check(prefix + name, given[name])
    if (value === undefined && option.required) option.kind.check(prefix + name, undefined)
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(entries) as Values<Options, Absent>
}

export function defaultOf<T>({ default: given }: Option<T>, kind: NetworkKind = 'mlp'): T | undefined {
  if (given instanceof ByKind) return given[kind]
  return given instanceof Computed ? given.value() : given
}

/** An object of options, whose names have its own before them: `prune.from`. @param example `{ sparsity: 0.9 }` */
export function object<Options extends object>(
  name: string,
  options: Declarations<Options>,
  example: string,
): ValueKind<Options> {
  return {
    type: 'object',
    options,
    values: example,
    check(_, value) {
      if (!isRecord(value)) return refuse(name, `an object, as in ${name}: ${example}`, value)
      return checkOptions(options, value, { what: name, prefix: `${name}.` }) as Options
    },
  }
}

/** Some of the declarations. */
export function pick<Options, Name extends keyof Options>(
  declarations: Declarations<Options>,
  names: readonly Name[],
): Declarations<Pick<Options, Name>> {
  return Object.fromEntries(names.map((name) => [name, declarations[name]])) as never
}

/** All declarations but some. */
export function omit<Options, Name extends keyof Options>(
  declarations: Declarations<Options>,
  names: readonly Name[],
): Declarations<Omit<Options, Name>> {
  const entries = Object.entries(declarations).filter(([name]) => !names.includes(name as Name))
  return Object.fromEntries(entries) as never
}

/** All options with their paths, such as `prune.from`; an object of options is followed by those in it. */
export function pathsOf(declarations: Declarations<object>, prefix = ''): [path: string, option: Option<unknown>][] {
  return Object.entries(declarations as Record<string, Option<unknown>>).flatMap(([name, option]) => {
    const inner = option.kind.options === undefined ? [] : pathsOf(option.kind.options, `${prefix}${name}.`)
    return [[`${prefix}${name}`, option] as [string, Option<unknown>], ...inner]
  })
}

/** The default in words: `'mse'`, `2e-3, resnet 2e-2`; empty where there is none. @param quote around texts. */
export function defaultText({ default: given }: Option<unknown>, quote = "'"): string {
  const text = (value: unknown): string => {
    if (typeof value === 'number' && value > 0 && value < 0.01) return value.toExponential()
    return typeof value === 'string' ? `${quote}${value}${quote}` : String(value)
  }
  if (given === undefined) return ''
  if (given instanceof Computed) return given.text
  return given instanceof ByKind ? `${text(given.mlp)}, resnet ${text(given.resnet)}` : text(given)
}

/** `Sections 2 and 3.`, with a blank before it. */
export const sectionText = (sections: readonly number[] = []): string => {
  if (sections.length === 0) return ''
  return sections.length === 1
    ? ` Section ${sections[0]}.`
    : ` Sections ${sections.slice(0, -1).join(', ')} and ${sections.at(-1)}.`
}

const numeric: readonly ValueKind<unknown>['type'][] = ['integer', 'number', 'number or word', 'numbers']

/** The docstring of an option: its sentence, the sections, the range of numbers and the default. */
export function docstringOf(option: Option<unknown>): string {
  const { kind, sentence, sections } = option
  const range = numeric.includes(kind.type) && kind.values !== '' ? ` ${capitalised(kind.values)}.` : ''
  const text = defaultText(option)
  return `${sentence}${sectionText(sections)}${range}${text === '' ? '' : ` Default ${text}.`}`
}

const capitalised = (text: string): string => text[0].toUpperCase() + text.slice(1)
