import { runOperation } from '../errors/operation.js'
import { layOut } from './layout.js'
import type { Page } from './page.js'
import { readPage } from './read-page.js'

/**
 * Draws a page as one HTML document that needs no other file, no network and no script.
 *
 * @throws PsilonError ERR_OPTION for what is no page or no chart, naming the place; ERR_UNSUPPORTED where the optional
 * packages vega and vega-lite are not installed, or no axis can show the numbers.
 */
export function renderPage(page: Page): Promise<string> {
  return runOperation('renderPage', renderPage, async () => {
    const { title, subtitle, keys = [], notes = [], panels = [], tables = [], facts = [] } = readPage(page)
    const charts = panels.map((section, k) => ({ ...section, ragged: true, place: `panels[${k}]` }))
    return layOut({ title, subtitle, keys, notes, facts }, [...charts, ...tables])
  })
}
