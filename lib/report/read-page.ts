import { isObject, reading, show } from '../checks.js'
import { Refusal } from '../errors/refusal.js'
import { array, object, odd, optional, type Reader, text } from '../io/json-reader.js'
import type { Chart, ChartSection, KeyFigure, Page, TableSection } from './page.js'

/** What may be left out, or undefined. */
const given = <T>(read: Reader<T>) =>
  optional<T | undefined>((value, path) => (value === undefined ? undefined : read(value, path)))

const pair: Reader<readonly [string, string]> = (value, path) => {
  const [name, about, ...more] = array(text)(value, path)
  return about === undefined || more.length > 0
    ? odd(`${path} must be an array of two texts, got ${show(value)}`)
    : [name, about]
}

const spec: Reader<object> = (value, path) =>
  isObject(value) ? value : odd(`${path} must be an object, got ${show(value)}`)

const rows = array(array(text))
const words = { title: text, text }
const chart = object<Chart>({ ...words, alt: given(text), table: given(rows), spec })

const page = object<Page>(
  {
    ...{ title: text, subtitle: text, notes: given(array(text)), facts: given(array(pair)) },
    keys: given(array(object<KeyFigure>({ name: text, value: text, note: text }))),
    panels: given(array(object<ChartSection>({ ...words, charts: array(chart) }))),
    tables: given(array(object<TableSection>({ ...words, rows }))),
  },
  'the page',
)

/** @throws Refusal ERR_OPTION for what is no page. */
export function readPage(value: unknown): Page {
  try {
    return reading('ERR_OPTION', 'the page', () => page(value, ''))
  } catch (error) {
    throw error instanceof Refusal ? error.with({ code: 'ERR_OPTION' }) : error
  }
}
