import { least } from 'd3-array'
import type { ClassRoc } from '../../estimators/evaluation.js'
import { named } from '../../print.js'
import { type Chart, colours } from '../charts/chart.js'
import type { Scores } from '../scores.js'
import { diagonal, shareAxis } from './square.js'

/** More curves than this are drawn alike, but for the lowest. */
const maxColours = 5

/** The ROC curves, one against the rest. */
export function rocChart({ roc = [], auc }: Scores): Chart[] {
  const lowest = least(roc, (curve) => curve.auc)
  if (lowest === undefined) return []
  const text = (value: number) => value.toFixed(4)
  const one = roc.length === 1
  const many = roc.length > maxColours
  const area = auc === undefined ? '' : ` The area under ${one ? 'it' : 'them, on average,'} is ${text(auc)}.`
  const marked = many ? ` Marked: ${named(String(lowest.label))}, the lowest with ${text(lowest.auc)}.` : ''
  return [
    {
      title: one ? 'ROC curve' : 'ROC curves',
      text: `How many rows of ${one ? `class ${named(String(lowest.label))}` : 'a class'} are found, as more of the others are taken for it.${area}${marked} The dashed line is chance.`,
      alt: `${roc.map(({ label, auc }) => `${named(String(label))} ${text(auc)}`).join(', ')}.`,
      spec: rocSpec(roc, many ? lowest : null),
      table: [['class', 'area under the curve'], ...roc.map(({ label, auc }) => [named(String(label)), text(auc)])],
    },
  ]
}

function rocSpec(roc: readonly ClassRoc[], marked: ClassRoc | null): Chart['spec'] {
  const valuesOf = ({ label, falsePositiveRate, truePositiveRate }: ClassRoc) =>
    falsePositiveRate.map((x, k) => ({ line: named(String(label)), x, y: truePositiveRate[k], order: k }))
  const names = roc.map(({ label }) => named(String(label)))
  const several = marked === null && roc.length > 1
  return {
    height: 300,
    encoding: { x: shareAxis('x', 'of the others, taken for it'), y: shareAxis('y', 'of the class, found') },
    layer: [
      diagonal(0, 1, 'x', 'y'),
      {
        data: { values: roc.filter((curve) => curve !== marked).flatMap(valuesOf) },
        mark: { type: 'line', strokeWidth: marked === null ? 2 : 1.2, opacity: marked === null ? 1 : 0.6 },
        encoding: {
          order: { field: 'order', type: 'quantitative' },
          detail: { field: 'line', type: 'nominal' },
          ...(several && {
            color: {
              ...{ field: 'line', type: 'nominal', scale: { domain: names } },
              legend: { symbolType: 'stroke', labelLimit: 150, columns: 3 },
            },
          }),
        },
      },
      {
        data: { values: marked === null ? [] : valuesOf(marked) },
        mark: { type: 'line', strokeWidth: 2.5, color: colours.accent },
        encoding: { order: { field: 'order', type: 'quantitative' } },
      },
    ],
  }
}
