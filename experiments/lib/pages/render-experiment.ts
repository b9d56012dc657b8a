import { type Chart, renderPage } from 'psilon/report'
import { barChart } from './charts/bars.js'
import { dotChart } from './charts/dots.js'
import { lineChart } from './charts/lines.js'
import type { ExperimentPage } from './page.js'
import type { Panel } from './panels.js'

/** @throws PsilonError ERR_UNSUPPORTED where nothing is installed that draws. */
export function renderExperiment({ panels, ...page }: ExperimentPage): Promise<string> {
  const sections = panels.map(({ panels, ...words }) => ({ ...words, charts: panels.map(panelChart) }))
  return renderPage({ ...page, panels: sections })
}

function panelChart(panel: Panel): Chart {
  if (panel.kind === 'lines') return lineChart(panel)
  return panel.kind === 'dots' ? dotChart(panel) : barChart(panel)
}
