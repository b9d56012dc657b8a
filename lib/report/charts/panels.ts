import type { BarPanel, Panel } from '../panels.js'
import { barSpec } from './bars.js'
import type { Chart } from './chart.js'
import { dotChart } from './dots.js'
import { lineChart } from './lines.js'

export function panelChart(panel: Panel): Chart {
  if (panel.kind === 'lines') return lineChart(panel)
  return panel.kind === 'dots' ? dotChart(panel) : barChart(panel)
}

function barChart({ title, text, table, x, bars }: BarPanel): Chart {
  const alt = `${bars.map(({ name, text }) => `${name} ${text}`).join('; ')}.`
  return { title, text, table, alt, spec: barSpec(bars, x) }
}
