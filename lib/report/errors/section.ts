import { count } from '../../print.js'
import type { Chart } from '../charts/chart.js'
import type { Scores } from '../scores.js'
import { calibrationCharts } from './calibration.js'
import { confusionChart } from './confusion.js'
import { predictedCharts } from './predicted.js'
import { rocChart } from './roc.js'

/** Charts of the errors on a part of the rows; none for a record without them. */
export function errorCharts(scores: Scores, target: string): Chart[] {
  return [
    ...confusionChart(scores),
    ...rocChart(scores),
    ...calibrationCharts(scores, target),
    ...predictedCharts(scores, target),
  ]
}

/** The part of the rows that is shown: the first. */
export function errorSection(parts: Record<string, Scores>, target: string) {
  const [entry] = Object.entries(parts)
  const charts = entry === undefined ? [] : errorCharts(entry[1], target)
  const rows = entry === undefined ? '' : count(entry[1].rows, `${entry[0]} row`)
  const sure = entry?.[1].calibration === undefined ? 'and by how much' : 'and how sure it is'
  return { title: 'Errors', text: `On the ${rows}: where the model is wrong, ${sure}.`, charts }
}
