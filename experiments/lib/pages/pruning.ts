import type { TableSection } from 'psilon/report'
import type { PruningMethod } from '../cells/cells.js'
import type { PrunedFigures, PruningResults, PruningSummary } from '../studies/pruning.js'
import { count, percent } from '../text.js'
import { domainOf } from './domain.js'
import type { Line, PanelSection } from './panels.js'
import { changeText, figureText, scoreName } from './texts.js'

const methodNames: Record<PruningMethod, string> = {
  default: 'psilon',
  published: 'published',
  magnitude: 'magnitude',
}

export function pruningTables({ sets }: PruningResults): TableSection[] {
  return sets.map((summary) => {
    const { set, task, inputs, lambdas, reachable, dense } = summary
    const facts = [
      `${scoreName(task)} of the test rows, ${count(inputs, 'input')}`,
      `dense ${dense.test === null ? 'diverged' : figureText(dense.test)}`,
      `lambda ${[...new Set(lambdas)].join(', ')}`,
      `at most ${percent(reachable)} zeros`,
    ]
    return { title: set, text: facts.join('; '), rows: [head(), ...pruningRows(summary)] }
  })
}

function head(): string[] {
  const names = Object.values(methodNames)
  return ['target', ...names.flatMap((name) => [`${name}: zeros`, 'test', 'more'])]
}

/** A row for each target: what each method reached, and how much more its error is than that of the dense network. */
function pruningRows({ pruned, dense }: PruningSummary): string[][] {
  const targets = [...new Set(pruned.map(({ target }) => target))]
  return targets.map((target) => {
    const cells = Object.keys(methodNames).flatMap((method) => {
      const own = pruned.find((each) => each.method === method && each.target === target)
      return own === undefined ? ['', '', ''] : figureCells(own, dense.test?.mean)
    })
    return [target === null ? 'rows as they are' : percent(target), ...cells]
  })
}

function figureCells({ zeros, test }: PrunedFigures, dense: number | undefined): string[] {
  if (test === null) return ['', 'diverged', '']
  const more = dense === undefined ? '' : changeText(test.mean / dense - 1)
  return [figureText(zeros, percent), figureText(test), more]
}

/** Of the errors that panels show: those of networks that are of no use would hide what is between the others. */
const maxMultiple = 1.5

/** A panel for each table: how many times the error of the dense network is that of a pruned one. */
export function pruningPanels({ sets }: PruningResults): PanelSection[] {
  const drawn = sets.map((summary) => ({ title: summary.set, lines: linesOf(summary) }))
  const [least, largest] = domainOf(drawn.flatMap(({ lines }) => lines))
  return [
    {
      title: 'Curves',
      text: `The error on the test rows against the share of exact zeros, with the same scale in all panels. What is above ${maxMultiple} is cut off.`,
      panels: drawn.map(({ title, lines }) => ({
        kind: 'lines',
        title,
        text: 'A line for each way to prune; lower is better.',
        x: { title: 'exact zeros', format: '.0%' },
        y: { title: 'error, multiple of the dense one', domain: [least, Math.min(maxMultiple, largest)] },
        lines,
      })),
    },
  ]
}

function linesOf({ pruned, dense }: PruningSummary): Line[] {
  return Object.entries(methodNames).map(([method, name]) => {
    const own = pruned.filter((each) => each.method === method && each.target !== null)
    const points = own.flatMap(({ zeros, test }) => {
      if (zeros === null || test === null || dense.test === null) return []
      return [{ x: zeros.mean, y: test.mean / dense.test.mean }]
    })
    return { name, points }
  })
}
