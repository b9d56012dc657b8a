import { createHash } from 'node:crypto'
import { deserialize, serialize } from 'node:v8'
import { didYouMean, reading, refuse, show } from '../checks.js'
import { option, Refusal, type Words, within, words } from '../errors/refusal.js'
import { allEstimatorOptions } from '../estimators/estimator-options.js'
import { checkOptions, type Option, omit, pathsOf, readOptions } from '../options/option.js'
import { entriesOf, isArray, isRecord } from '../realms.js'
import { canonical } from './canonical.js'
import type { Faults } from './faults.js'
import { drawOptions, maxSettings, rangeOptions, setBySweep, type TrialOptions } from './options.js'

/** A value of each swept option, by its path: `lambda`, `prune.sparsity`. */
export type Setting = Readonly<Record<string, unknown>>

type Values = { readonly [path: string]: readonly unknown[] }
type Range = { from: number; to: number; log: boolean; integer: boolean }
/** Number of settings, and what the values of each option are drawn from. */
interface Draw {
  settings: number
  seed: number
  options: Record<string, readonly unknown[] | Range>
}

const declared = new Map(pathsOf(omit(allEstimatorOptions, setBySweep)))

/** Reads a grid, or several. @returns a function that lists the settings, each once: the last option changes fastest. */
export function readGrid(given: unknown, faults: Faults): () => Setting[] {
  const list = isArray(given) ? reading('ERR_OPTION', 'grid', () => entriesOf(given, maxSettings)) : [given]
  if (list.length === 0) refuse('grid', 'at least one grid', given)
  const grids = list.map((grid, k) => gridOf(isArray(given) ? `grid[${k}]` : 'grid', grid, faults))
  return () => {
    const size = grids.reduce((sum, grid) => sum + Object.values(grid).reduce((n, { length }) => n * length, 1), 0)
    if (size > maxSettings) refuse('grid', `at most ${maxSettings} settings`, size)
    return distinct(grids.flatMap(combinations))
  }
}

/**
 * Reads what is drawn. @returns a function that draws the settings: more of them begin with those of fewer, and the values of an
 * option do not depend on the others.
 */
export function readRandom(given: unknown, faults: Faults): () => Setting[] {
  const { settings, seed, options } = drawOf(given, faults)
  return () => {
    const found = new Map<string, Setting>()
    for (let k = 0; k < 100 * settings && found.size < settings; k++) {
      const values = Object.entries(options).map(([path, from]) => [path, valueAt(uniform(seed, k, path), from)])
      const setting = Object.fromEntries(values)
      const text = canonical(setting)
      if (!found.has(text)) found.set(text, setting)
    }
    if (found.size === settings) return [...found.values()]
    const only = `but the values have only ${found.size} combinations`
    throw new Refusal('ERR_OPTION', words`${option('random.settings')} is ${settings}, ${only}; give ${option('grid')}`)
  }
}

/** The options of a setting: those of the base, and its own in their places. */
export function optionsOf(base: TrialOptions, setting: Setting): TrialOptions {
  const options = structuredClone(base) as Record<string, unknown>
  for (const [path, value] of Object.entries(setting)) {
    const [name, inner] = path.split('.')
    options[name] = inner === undefined ? value : { ...(options[name] as object), [inner]: value }
  }
  return options as TrialOptions
}

/** The options that all trials share, each checked by itself. */
export function baseOf(given: unknown, faults: Faults): TrialOptions {
  const entries = Object.entries(given === undefined ? {} : copyOf('base', given)).filter(
    ([, value]) => value !== undefined,
  )
  for (const [name, value] of entries) {
    const kind = faults.attempt('base', () => kindOf(name, []))
    if (kind !== undefined) faults.attempt('', () => checkValue(`base.${name}`, name, value, kind))
  }
  return Object.fromEntries(entries)
}

/** `lambda 0.1, hidden [64,32]` */
export const settingText = (setting: Setting): string =>
  Object.entries(setting)
    .map(([path, value]) => `${path} ${valueText(value)}`)
    .join(', ')

export const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** A swept option, where it stands, and what is given for it. */
interface Swept {
  place: string
  path: string
  values: unknown
  kind: Option<unknown>['kind']
}

function gridOf(name: string, given: unknown, faults: Faults): Values {
  return Object.fromEntries(sweptIn(name, given, faults).map((swept) => [swept.path, listOf(swept, faults)]))
}

function drawOf(given: unknown, faults: Faults): Draw {
  const { settings, seed, ...options } = copyOf('random', given)
  const draw = faults.attempt('', () => checkOptions(drawOptions, { settings, seed }, { prefix: 'random.' }))
  const sources = sweptIn('random', options, faults).map((swept) => {
    const source = isArray(swept.values) ? listOf(swept, faults) : faults.attempt('', () => rangeOf(swept))
    return [swept.path, source ?? []] as const
  })
  return { settings: 0, seed: 0, ...draw, options: Object.fromEntries(sources) }
}

/** The swept options of an object; unknown names are faults. */
function sweptIn(name: string, given: unknown, faults: Faults): Swept[] {
  const entries = Object.entries(copyOf(name, given))
  const paths = entries.map(([path]) => path)
  if (paths.length === 0) refuse(name, 'an object of swept options that is not empty', given)
  return entries.flatMap(([path, values]) => {
    const kind = faults.attempt(name, () => kindOf(path, paths))
    return kind === undefined ? [] : [{ place: `${name}.${path}`, path, values, kind }]
  })
}

/** @param all the options beside it. */
function kindOf(path: string, all: readonly string[]): Option<unknown>['kind'] {
  const say = (message: Words) => new Refusal('ERR_OPTION', message)
  if ((setBySweep as readonly string[]).includes(path)) {
    const instead = option(path === 'seed' ? 'seeds' : path)
    throw say(words`${path} is not an option of a trial; give ${instead} to the whole sweep`)
  }
  const known = declared.get(path)
  if (known === undefined) throw say(words`unknown option ${show(path)}${didYouMean(path, [...declared.keys()])}`)
  const inner = all.find((other) => other.startsWith(`${path}.`))
  if (inner !== undefined) throw say(words`${path} and ${inner} are both given, expected one of them`)
  return known.kind
}

function listOf({ place, path, values, kind }: Swept, faults: Faults): unknown[] {
  if (!isArray(values) || values.length === 0) {
    faults.attempt('', () => refuse(place, 'a list of values that is not empty', values))
    return []
  }
  if (values.length > maxSettings) refuse(place, `a list of at most ${maxSettings} values`, values)
  const seen = new Set<string>()
  for (const [k, value] of values.entries()) {
    const at = `${place}[${k}]`
    faults.attempt('', () => {
      checkValue(at, path, value, kind)
      const text = canonical(value)
      if (seen.has(text)) refuse(at, 'another value than those before it', value)
      seen.add(text)
    })
  }
  return values
}

/** An object of options names them itself. @param place of the value. @param path of its option. */
function checkValue(place: string, path: string, value: unknown, kind: Option<unknown>['kind']): void {
  if (value === undefined) refuse(place, 'a value', value)
  if (kind.options === undefined) kind.check(place, value)
  else within(place, () => kind.check(path, value))
}

const numeric = ['integer', 'number', 'number or word', 'widths']

function rangeOf({ place, path, values, kind }: Swept): Range {
  if (!isRecord(values)) return refuse(place, 'a list of values, or a range { from, to }', values)
  if (!numeric.includes(kind.type)) return refuse(place, `a list of values, as ${path} is not a number`, values)
  const given = within(place, () => readOptions(rangeOptions, values))
  const { from, to, log } = checkOptions(rangeOptions, given, { prefix: `${place}.` })
  const integer = kind.type === 'integer' || kind.type === 'widths'
  for (const [name, end] of Object.entries({ from, to })) {
    if (integer && !Number.isSafeInteger(end)) refuse(`${place}.${name}`, 'an integer', end)
    kind.check(`${place}.${name}`, end)
  }
  if (to <= from) refuse(`${place}.to`, `a number above ${from}`, to)
  if (log && from <= 0) refuse(`${place}.from`, 'a number above 0, as its logarithm is drawn', from)
  return { from, to, log, integer }
}

function combinations(grid: Values): Setting[] {
  return Object.entries(grid).reduce<Setting[]>(
    (settings, [path, values]) => settings.flatMap((setting) => values.map((value) => ({ ...setting, [path]: value }))),
    [{}],
  )
}

const distinct = (settings: readonly Setting[]): Setting[] => [
  ...new Map(settings.map((setting) => [canonical(setting), setting])).values(),
]

/** A number from 0 to below 1 that belongs to the seed, the draw and the option alone. */
function uniform(seed: number, draw: number, path: string): number {
  const digest = createHash('sha256')
    .update(canonical([seed, draw, path]))
    .digest()
  return digest.readUIntBE(0, 6) / 2 ** 48
}

/** A value of a list or a range. Numbers have six digits, on every processor the same. */
function valueAt(share: number, source: readonly unknown[] | Range): unknown {
  if (!('from' in source)) return source[Math.floor(share * source.length)]
  const { from, to, log, integer } = source
  const half = integer ? 0.5 : 0 // so that both ends are as likely as other integers
  const [least, most] = [from - half, to + half]
  const value = log ? least * (most / least) ** share : least + share * (most - least)
  return Math.min(to, Math.max(from, integer ? Math.round(value) : Number(value.toPrecision(6))))
}

/** A private copy of an object of plain values. */
export function copyOf(name: string, given: unknown): Record<string, unknown> {
  if (!isRecord(given)) return refuse(name, 'an object', given)
  return reading('ERR_OPTION', name, () => deserialize(serialize({ ...given })) as Record<string, unknown>)
}
