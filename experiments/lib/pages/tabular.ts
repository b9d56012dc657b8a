import { descending, min, rollups } from 'd3-array'
import type { TableSection } from 'psilon/report'
import { type Setting, settingText, tabularModels } from '../cells/cells.js'
import type { TabularResults } from '../studies/tabular.js'
import type { ModelSummary, SetSummary } from '../studies/tabular-summary.js'
import { count, duration, figure, percent } from '../text.js'
import { lambdaSection } from './lambda-path.js'
import type { PanelSection } from './panels.js'
import { changeText, figureText, modelNames, scoreName } from './texts.js'

export function tabularTables({ sets, averageRanks }: TabularResults): TableSection[] {
  const rows = [['', 'rank'], ...averageRanks.map(({ model, rank }) => [modelNames[model], rank.toFixed(2)])]
  const known = sets.some(({ models }) => models.some(({ reference }) => reference !== null))
  const note =
    '; reference: the published code with the same lambda, scikit-learn with its own choice, on the same rows'
  const text = `mean of ${count(sets.length, 'table')}${known ? note : ''}`
  return [...sets.map(setTable), { title: 'Rank', text, rows }]
}

function setTable({ set, task, inputs, rows, models }: SetSummary): TableSection {
  const sizes = Object.entries(rows).map(([part, n]) => `${n.toLocaleString('en-US')} ${part}`)
  const columns = columnsFor(models)
  const cells = models.map((model) => [modelNames[model.model], ...columns.map(({ text }) => text(model))])
  const text = `${scoreName(task)}, ${count(inputs, 'input')}, ${sizes.join(', ')} rows`
  return { title: set, text, rows: [['', ...columns.map(({ name }) => name)], ...cells] }
}

interface Column {
  name: string
  text(model: ModelSummary): string
}

/** Without the columns that would be empty. */
function columnsFor(models: readonly ModelSummary[]): Column[] {
  const columns: Column[] = [
    { name: 'test', text: ({ test }) => (test === null ? 'diverged' : figureText(test)) },
    { name: 'rank', text: ({ rank }) => String(rank) },
    { name: 'chosen', text: ({ chosen }) => chosenText(chosen.map(({ setting }) => setting)) },
    { name: 'reference', text: ({ reference }) => (reference === null ? '' : figure(reference)) },
    { name: 'difference', text: differenceText },
    { name: 'near sparsity', text: ({ nearSparsity }) => figureText(nearSparsity, percent) },
    { name: 'path norm', text: ({ pathNorm }) => figureText(pathNorm) },
    { name: 'zeros, pruned', text: ({ pruned }) => figureText(pruned?.zeros ?? null, percent) },
    { name: 'test, pruned', text: ({ pruned }) => figureText(pruned?.test ?? null) },
    { name: 'time of a fit', text: ({ seconds }) => (seconds === null ? '' : duration(seconds.mean)) },
  ]
  return columns.filter(({ text }) => models.some((model) => text(model) !== ''))
}

/** What was chosen with most seeds first. */
function chosenText(settings: readonly Setting[]): string {
  const counts = rollups(
    settings,
    (own) => own.length,
    (setting) => settingText(setting),
  )
  return counts
    .sort(([, a], [, b]) => descending(a, b))
    .map(([text]) => text)
    .join(', ')
}

function differenceText({ test, reference }: ModelSummary): string {
  if (test === null || reference === null) return ''
  return changeText(test.mean / reference - 1)
}

export function tabularPanels(results: TabularResults): PanelSection[] {
  const { sets, cells } = results
  const searched = sets.map(({ set, task, models }) => ({
    title: set,
    score: scoreName(task),
    fits: cells.filter((fit) => fit.set === set),
    chosen: models.flatMap(({ model, chosen }) => {
      if (model === 'linear' || model === 'forest') return []
      return [{ model, lambdas: chosen.flatMap(({ setting }) => (setting.kind === 'network' ? setting.lambda : [])) }]
    }),
  }))
  return [comparison(results), ...lambdaSection(searched)]
}

/** Errors of up to so many times the least one are drawn. */
const maxMultiple = 2

function comparison({ sets, averageRanks }: TabularResults): PanelSection {
  const relative = sets.map(({ models }) => {
    const least = min(models, ({ test }) => test?.mean) ?? 0
    return models.map(({ test }) =>
      test !== null && test.mean <= maxMultiple * least ? test.mean / (least || 1) : null,
    )
  })
  const beyond = relative.some((row) => row.includes(null))
    ? ` What is above ${maxMultiple}, or diverged, has no dot.`
    : ''
  return {
    title: 'Beside each other',
    text: 'The models on the test rows, each with the setting that the validation rows chose.',
    panels: [
      {
        kind: 'bars',
        title: 'Average rank',
        text: `Of the test scores, over ${count(sets.length, 'table')}; 1 is best.`,
        x: { title: 'average rank' },
        bars: averageRanks.map(({ model, rank }) => ({ name: modelNames[model], value: rank, text: rank.toFixed(2) })),
      },
      {
        kind: 'dots',
        title: 'Test error',
        text: `As a multiple of that of the best model on the table.${beyond}`,
        x: { title: 'test error, multiple of the best' },
        rows: sets.map(({ set }) => set),
        series: tabularModels.map((model, k) => ({ name: modelNames[model], values: relative.map((row) => row[k]) })),
      },
    ],
  }
}
