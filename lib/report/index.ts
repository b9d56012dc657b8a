import { isObject, reading, show } from '../checks.js'
import { runOperation } from '../errors/operation.js'
import { Refusal } from '../errors/refusal.js'
import { array, object, odd, optional, type Reader, text } from '../io/json-reader.js'
import type { SweepSummary } from '../sweep/summary.js'
import { layOut } from './layout.js'
import type { Chart, ChartSection, KeyFigure, Page, TableSection } from './page.js'
import { sweepPage } from './sweep/page.js'

export type { Chart, ChartSection, KeyFigure, Page, TableSection }

/**
 * Draws a page as one HTML document that needs no other file, no network and no script.
 *
 * @throws PsilonError ERR_OPTION for what is no page or no chart, naming the place; ERR_UNSUPPORTED where the optional
 * packages vega and vega-lite are not installed, or no axis can show the numbers.
 */
export function renderPage(page: Page): Promise<string> {
  return runOperation('renderPage', renderPage, async () => {
    const { panels = [], tables = [], ...frame } = read(page)
    const charts = panels.map((section, k) => ({ ...section, ragged: true, place: `panels[${k}]` }))
    return layOut({ ...frame, sections: [...charts, ...tables] })
  })
}

/**
 * Draws what `sweep` found as a page like those of renderPage (docs/sweeps.md).
 *
 * @throws PsilonError ERR_OPTION for what is no summary, ERR_UNSUPPORTED as renderPage.
 */
export function renderSweep(summary: SweepSummary): Promise<string> {
  return runOperation('renderSweep', renderSweep, async () => {
    return layOut(reading('ERR_OPTION', 'the summary', () => sweepPage(summary, null)))
  })
}

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

const pageReader = object<Page>(
  {
    ...{ title: text, subtitle: text, notes: given(array(text)), facts: given(array(pair)) },
    keys: given(array(object<KeyFigure>({ name: text, value: text, note: text }))),
    panels: given(array(object<ChartSection>({ ...words, charts: array(chart) }))),
    tables: given(array(object<TableSection>({ ...words, rows }))),
  },
  'the page',
)

/** @throws Refusal ERR_OPTION for what is no page. */
function read(value: unknown): Page {
  try {
    return reading('ERR_OPTION', 'the page', () => pageReader(value, ''))
  } catch (error) {
    throw error instanceof Refusal ? error.with({ code: 'ERR_OPTION' }) : error
  }
}
