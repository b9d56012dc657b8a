import { sum } from 'd3-array'
import type { TableSection } from 'psilon/report'
import type { Fit } from '../cells/results.js'
import type { ExperimentDocument } from '../documents/document.js'
import { count, duration } from '../text.js'
import { deepPanels, deepTables } from './deep.js'
import { figure1Panels, figure1Tables } from './figure1.js'
import type { PanelSection } from './panels.js'
import { pruningPanels, pruningTables } from './pruning.js'
import { tabularPanels, tabularTables } from './tabular.js'

/** What a page shows of an experiment; it is all in its document. */
export interface ExperimentPage extends Shown {
  title: string
  facts: [name: string, text: string][]
}

export function experimentPage(document: ExperimentDocument): ExperimentPage {
  const title = `Experiment ${document.command.replace('reproduce ', '')}`
  return { title, ...shownOf(document), facts: factsOf(document) }
}

interface Shown {
  subtitle: string
  tables: TableSection[]
  panels: PanelSection[]
}

const paper = 'of the paper (arXiv 2404.19112), repeated with psilon.'

function shownOf(document: ExperimentDocument): Shown {
  switch (document.command) {
    case 'reproduce tabular':
      return {
        subtitle: `The comparison on tables ${paper}`,
        ...{ tables: tabularTables(document), panels: tabularPanels(document) },
      }
    case 'reproduce figure1':
      return {
        subtitle: `The curves of validation cross-entropy ${paper}`,
        ...{ tables: figure1Tables(document), panels: figure1Panels(document) },
      }
    case 'reproduce pruning':
      return {
        subtitle: "What exact zeros cost: psilon's way to prune, the published one, and pruning by magnitude.",
        ...{ tables: pruningTables(document), panels: pruningPanels(document) },
      }
    case 'reproduce deep':
      return {
        subtitle: `The ablation of deep residual networks ${paper}`,
        ...{ tables: deepTables(document), panels: deepPanels(document) },
      }
  }
}

function factsOf(document: ExperimentDocument): ExperimentPage['facts'] {
  const { skipped = [], size, threads, version } = document
  const fits = 'cells' in document ? document.cells : []
  const seconds = sum(fits, ({ result }) => result.seconds)
  return [
    ['command', commandText(document.arguments)],
    ['skipped', skipped.map(({ set, reason }) => `${set}: ${reason}`).join('; ')],
    ['training', trainingText(document)],
    ['fits', count(size.cells, 'fit')],
    ['time', seconds === 0 ? '' : `${duration(seconds)}, the sum over all fits`],
    ['device', devicesOf(fits)],
    ['threads', String(threads)],
    ['psilon', version],
  ]
}

/** As it can be given to a shell again; nothing where it is not known. */
function commandText(given: readonly string[] | undefined): string {
  if (given === undefined) return ''
  const [, ...own] = given
  const quoted = own.map((arg) => (/^[\w./,:=@%+-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`))
  return ['npm run reproduce --', ...quoted].join(' ')
}

function trainingText({ options }: ExperimentDocument): string {
  const { epochs, seeds, hidden } = options
  const rows =
    'trainRows' in options
      ? [count(options.trainRows, 'row')]
      : [count(options.trainImages, 'image'), count(options.depth, 'hidden layer')]
  return [...rows, count(epochs, 'epoch'), `hidden layers of ${hidden}`, count(seeds, 'seed')].join(', ')
}

const devicesOf = (fits: readonly Fit[]): string =>
  [...new Set(fits.flatMap(({ result }) => result.device ?? []))].join(', ')
