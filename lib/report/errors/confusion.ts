import { sum } from 'd3-array'
import { count, named, percent } from '../../print.js'
import type { Chart } from '../charts/chart.js'
import type { Scores } from '../scores.js'
import { confusionTable } from './tables.js'

/** Classes that are drawn: those with the most rows. */
const maxClasses = 20
/** More classes than this have cells too small for a number. */
const maxCounted = 12

/** Rows by actual and predicted class. */
export function confusionChart(scores: Scores): Chart[] {
  const { classes, confusion } = scores
  if (classes === undefined || confusion === undefined) return []
  const most = classes.map((_, k) => k).sort((a, b) => classes[b].rows - classes[a].rows || a - b)
  const shown = most.slice(0, maxClasses).sort((a, b) => a - b)
  const names = shown.map((k) => named(String(classes[k].label)))
  const cells = shown.flatMap((actual, row) => {
    const total = sum(confusion[actual])
    return shown.map((predicted, column) => {
      const rows = confusion[actual][predicted]
      return { row, column, rows, share: total === 0 ? 0 : rows / total }
    })
  })
  const right = sum(classes, (_, k) => confusion[k][k])
  const total = sum(classes, ({ rows }) => rows)
  const left = classes.length - shown.length
  return [
    {
      title: 'Confusion matrix',
      text: `Rows of the table by actual and predicted class; the darker, the larger the share of the actual class.${left === 0 ? '' : ` Shown are the ${shown.length} of ${classes.length} classes with the most rows.`}`,
      alt: `${right} of ${count(total, 'row')} are right, ${percent(right / total)}.`,
      spec: matrixSpec(cells, names),
      table: confusionTable(scores) ?? undefined,
    },
  ]
}

interface Cell {
  row: number
  column: number
  rows: number
  share: number
}

function matrixSpec(cells: readonly Cell[], names: readonly string[]): Chart['spec'] {
  const size = names.length > maxCounted ? 16 : Math.max(24, 250 / names.length)
  const axis = { labelExpr: 'names[datum.value]', labelOverlap: false, ticks: false }
  const room = 300 / names.length
  const slanted = names.some((name) => 9 * name.length > room)
  return {
    height: size * names.length + 60,
    params: [{ name: 'names', value: names }],
    data: { values: [...cells] },
    encoding: {
      y: { field: 'row', type: 'ordinal', title: 'actual', axis: { ...axis, labelLimit: 110 } },
      x: {
        ...{ field: 'column', type: 'ordinal', title: 'predicted' },
        axis: { ...axis, ...(slanted ? { labelAngle: -40, labelLimit: 90 } : { labelAngle: 0, labelLimit: room }) },
      },
    },
    layer: [
      {
        mark: { type: 'rect', stroke: 'var(--grid)', strokeOpacity: 1, strokeWidth: 1 },
        encoding: {
          opacity: {
            ...{ field: 'share', type: 'quantitative', legend: null },
            scale: { type: 'pow', exponent: 0.5, domain: [0, 1], range: [0, 0.5] },
          },
        },
      },
      {
        transform: [{ filter: names.length > maxCounted ? 'false' : 'datum.rows > 0' }],
        mark: { type: 'text', color: 'var(--ink)', fontSize: names.length > 4 ? 11 : 14 },
        encoding: { text: { field: 'rows', type: 'quantitative', format: ',d' } },
      },
    ],
  }
}
