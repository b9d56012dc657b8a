import { isObject, show } from '../checks.js'
import { PsilonError } from '../errors/errors.js'
import { isArray } from '../realms.js'

/** Refuses a value that is not what it should be; `name` is its place on the page. */
type Check = (value: unknown, name: string) => void

function refuse(name: string, expected: string, value: unknown): never {
  throw new PsilonError('ERR_OPTION', `[renderPage] ${name} must be ${expected}, got ${show(value)}`)
}

const text: Check = (value, name) => {
  if (typeof value !== 'string') refuse(name, 'a text', value)
}

const flag: Check = (value, name) => {
  if (typeof value !== 'boolean') refuse(name, 'true or false', value)
}

const number: Check = (value, name) => {
  if (!Number.isFinite(value)) refuse(name, 'a finite number', value)
}

const optional =
  (check: Check): Check =>
  (value, name) => {
    if (value !== undefined) check(value, name)
  }

const orNull =
  (check: Check): Check =>
  (value, name) => {
    if (value !== null) check(value, name)
  }

/** @param length of the array, where it has to have one. */
const array =
  (check: Check, length?: number): Check =>
  (value, name) => {
    if (!isArray(value)) refuse(name, 'an array', value)
    if (length !== undefined && value.length !== length) refuse(name, `an array of ${length}`, value)
    for (const [k, item] of value.entries()) check(item, `${name}[${k}]`)
  }

const object =
  (checks: Record<string, Check>): Check =>
  (value, name) => {
    if (!isObject(value)) refuse(name, 'an object', value)
    for (const [key, check] of Object.entries(checks)) check(value[key], name === 'the page' ? key : `${name}.${key}`)
  }

const rows = array(array(text))
const words = { title: text, text, table: optional(rows) }
const points = array(object({ x: number, y: number }))

const axis = object({ title: text, format: optional(text), logarithmic: optional(flag) })

const panels: Record<string, Check> = {
  lines: object({
    ...{ ...words, x: axis, y: object({ title: text, domain: optional(array(number, 2)) }) },
    lines: array(object({ name: text, points, chosen: optional(points) })),
  }),
  dots: (value, name) => {
    object({ ...words, x: axis, rows: array(text) })(value, name)
    const { length } = (value as { rows: unknown[] }).rows
    object({ series: array(object({ name: text, values: array(orNull(number), length) })) })(value, name)
  },
  bars: object({ ...words, x: axis, bars: array(object({ name: text, value: number, text })) }),
}

const panel: Check = (value, name) => {
  if (!isObject(value)) refuse(name, 'an object', value)
  const { kind } = value
  if (typeof kind !== 'string' || !Object.hasOwn(panels, kind)) {
    refuse(`${name}.kind`, `one of ${Object.keys(panels).map(show).join(', ')}`, kind)
  }
  panels[kind](value, name)
}

const page = object({
  ...{ title: text, subtitle: text, notes: optional(array(text)) },
  keys: optional(array(object({ name: text, value: text, note: text }))),
  panels: optional(array(object({ title: text, text, panels: array(panel) }))),
  tables: optional(array(object({ title: text, text, rows }))),
  facts: optional(array(array(text, 2))),
})

/** @throws PsilonError ERR_OPTION for what is no page. */
export function checkPage(value: unknown): void {
  page(value, 'the page')
}
