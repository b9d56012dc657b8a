import { panelChart } from './charts/panels.js'
import { checkPage } from './check-page.js'
import { layOut } from './layout.js'
import type { Page } from './page.js'

/**
 * Draws a page as one HTML document that needs no other file, no network and no script.
 *
 * @throws PsilonError ERR_OPTION for what is no page, naming the place; ERR_UNSUPPORTED where the optional packages vega
 * and vega-lite are not installed, or no axis can show the numbers.
 */
export async function renderPage(page: Page): Promise<string> {
  checkPage(page)
  const { title, subtitle, keys = [], notes = [], panels = [], tables = [], facts = [] } = page
  const charts = panels.map(({ panels, ...words }) => ({ ...words, charts: panels.map(panelChart), ragged: true }))
  return await layOut({ title, subtitle, keys, notes, facts }, [...charts, ...tables])
}
