import type { Bound } from 'psilon'
import type { TableSection } from 'psilon/report'
import type { DeepResults, DeepSummary } from '../studies/deep.js'
import type { Figure } from '../studies/figure.js'
import { count, duration, figure, percent } from '../text.js'
import { lambdaSection } from './lambda-path.js'
import type { BarPanel, DotPanel, PanelSection } from './panels.js'
import { figureText, modelNames } from './texts.js'

const title = 'Fashion-MNIST'

const columns: [name: string, text: (summary: DeepSummary) => string][] = [
  ['lambda', ({ lambdas }) => [...new Set(lambdas)].join(', ')],
  ['accuracy', ({ testAccuracy }) => figureText(testAccuracy, percent)],
  ['cross-entropy', ({ testCrossEntropy }) => figureText(testCrossEntropy)],
  ['validation', ({ validationCrossEntropy }) => figureText(validationCrossEntropy)],
  ['near sparsity', ({ nearSparsity }) => figureText(nearSparsity, percent)],
  ['original', ({ pathNorm }) => figureText(pathNorm.original)],
  ['improved', ({ pathNorm }) => figureText(pathNorm.improved)],
  ['tight', ({ pathNorm }) => figureText(pathNorm.tight)],
  ['time of a fit', ({ seconds }) => (seconds === null ? '' : duration(seconds.mean))],
]

export function deepTables({ variants }: DeepResults): TableSection[] {
  const rows = variants.map((summary) => [modelNames[summary.model], ...columns.map(([, text]) => text(summary))])
  const diverged = variants.flatMap(({ model, diverged, fits }) =>
    diverged > 0 ? [`; ${modelNames[model]}: ${diverged} of ${count(fits, 'fit')} diverged`] : [],
  )
  const text =
    'accuracy and cross-entropy on the test images, path norms in the original, the improved and the tight bound'
  return [{ title, text: [text, ...diverged].join(''), rows: [['', ...columns.map(([name]) => name)], ...rows] }]
}

export function deepPanels({ variants, cells }: DeepResults): PanelSection[] {
  const known = variants.filter(({ testAccuracy }) => testAccuracy !== null)
  const panels =
    known.length === 0
      ? []
      : [
          shareBars(known, ({ testAccuracy }) => testAccuracy, {
            title: 'Accuracy',
            text: 'Share of the test images that are recognised; higher is better.',
          }),
          shareBars(known, ({ nearSparsity }) => nearSparsity, {
            title: 'Near sparsity',
            text: 'How few weights of a row do the work; higher is sparser.',
          }),
          pathNorms(known),
        ]
  const beside = {
    title: 'Beside each other',
    text: 'Each variant with its lambda, which the validation images chose where there were several.',
    panels,
  }
  const searched = { title, score: 'cross-entropy', fits: cells, chosen: variants }
  return [...(panels.length === 0 ? [] : [beside]), ...lambdaSection([searched])]
}

function shareBars(
  variants: readonly DeepSummary[],
  of: (summary: DeepSummary) => Figure | null,
  words: { title: string; text: string },
): BarPanel {
  const bars = variants.flatMap((summary) => {
    const share = of(summary)
    return share === null ? [] : [{ name: modelNames[summary.model], value: share.mean, text: percent(share.mean) }]
  })
  return { kind: 'bars', ...words, x: { title: words.title.toLowerCase(), format: '.0%' }, bars }
}

const bounds: readonly Bound[] = ['original', 'improved', 'tight']

function pathNorms(variants: readonly DeepSummary[]): DotPanel {
  const names = variants.map(({ model }) => modelNames[model])
  const values = bounds.map((bound) => variants.map(({ pathNorm }) => pathNorm[bound]?.mean ?? null))
  const text = (value: number | null) => (value === null ? '' : figure(value))
  return {
    kind: 'dots',
    title: 'Path norm',
    text: 'How far the outputs can move when each input moves by 1, in three bounds: the smallest is the most accurate.',
    x: { title: 'path norm', logarithmic: true },
    rows: names,
    series: bounds.map((name, k) => ({ name, values: values[k] })),
    table: [['', ...bounds], ...names.map((name, place) => [name, ...values.map((row) => text(row[place]))])],
  }
}
