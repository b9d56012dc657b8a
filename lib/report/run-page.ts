import { curveCharts } from './charts/curves.js'
import { layersChart } from './charts/layers.js'
import { searchCharts } from './charts/search.js'
import { smoothnessCharts } from './charts/smoothness.js'
import { weightsChart } from './charts/weights.js'
import type { Figures } from './figures.js'
import { type Charts, layOut } from './layout.js'

/**
 * The page of a run.
 *
 * @throws PsilonError ERR_UNSUPPORTED if the optional packages that draw charts are not installed.
 */
export async function renderRun(figures: Figures): Promise<string> {
  const { title, subtitle, keys, tables, warnings, missing, facts } = figures
  const notes = [...warnings, ...missing]
  return await layOut({ title, subtitle, keys, notes, facts }, [...tables, ...sectionsOf(figures)])
}

function sectionsOf(figures: Figures): Charts[] {
  const first = figures.networks > 1 ? 'first ' : ''
  const all = [
    {
      title: 'Training',
      text: `How the ${first}network trained, epoch by epoch.`,
      charts: curveCharts(figures),
    },
    {
      title: 'Lambda',
      text: 'Each strength of the regularizer was tried; held-out rows chose one.',
      charts: searchCharts(figures),
    },
    {
      title: 'Smoothness',
      text: 'The model never exceeds these bounds. Actual changes are mostly far below them.',
      charts: smoothnessCharts(figures),
      ragged: true,
    },
    {
      title: 'Weights',
      text: `How many weights matter, and which inputs they read${first && '; the image is of the first network'}.`,
      charts: figures.model === null ? [] : [...weightsChart(figures.model), layersChart(figures.model)],
      ragged: true,
    },
  ]
  return all.filter(({ charts }) => charts.length > 0)
}
