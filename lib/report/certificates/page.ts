import type { TableNotes } from '../../data/preprocess.js'
import type { PsilonClassifier } from '../../estimators/classifier.js'
import { count, listed, percent } from '../../print.js'
import type { Table } from '../../tables/table.js'
import { version } from '../../version.js'
import { type Bound, type Level, levels } from '../../words.js'
import type { FactsSection, Layout } from '../layout.js'
import type { KeyFigure } from '../page.js'
import { networkText } from '../run-page.js'
import { curveChart } from './curve-chart.js'
import { type Certified, figuresOf, radiusText, rightShare, shareAt, signed, unitText } from './figures.js'
import { histogramChart } from './histogram-chart.js'
import { leastCertain } from './least-certain.js'
import { movesSection } from './moves.js'

/** What was certified, and how. */
export interface CertifyRun extends Certified, TableNotes {
  model: PsilonClassifier
  table: Table
  /** Names of the model file and of the table. */
  files: { model: string; table: string }
  bound: Bound
  /** Nodes of branch and bound for each row. */
  budget: number
  /** Columns that stay. */
  fixed: readonly string[]
}

export async function certificatePage(run: CertifyRun): Promise<Layout> {
  const { model, table, files, within, fixed } = run
  const rows = `${count(table.rows, 'row')} of ${files.table}`
  return {
    title: `Certificates of ${model.target}`,
    subtitle: `How far each of ${rows} can move before the class that ${files.model} predicts can change.`,
    keys: keyFigures(run),
    notes: notesOf(run),
    sections: [
      {
        title: 'How many rows are certain',
        text: 'Proved for the program that predicts, with all its rounding. A certain class can still be wrong.',
        charts: [curveChart(run), histogramChart(run)],
      },
      ...(await leastCertain(model, table, run)),
      movesSection(model, within, fixed),
      levelsSection(run),
    ],
    facts: factsOf(run),
  }
}

function keyFigures(run: CertifyRun): KeyFigure[] {
  const { level, files } = run
  const { rows, unit, medianRadius, medianGlobalRadius, exactShare, accuracy } = figuresOf(run)
  const radius = headlineRadius[unit]
  const { certain, global } = shareAt(run, radius)
  const limit = unit === 'tolerances' ? 'the tolerances' : signed(radius, unit)
  const beside = (value: string) => (level === 'global' ? '' : `; ${value} by level global`)
  const right = accuracy === null ? '' : `; ${percent(accuracy)} of the answers are right`
  const robust = accuracy === null ? '' : `; ${percent(rightShare(run, radius) as number)} are also right`
  return [
    { name: 'rows', value: rows.toLocaleString('en-US'), note: `of ${files.table}${right}` },
    {
      name: `certain within ${limit}`,
      value: percent(certain),
      note: `of the rows${beside(percent(global))}${robust}`,
    },
    {
      name: 'median radius',
      value: radiusText(medianRadius, unit),
      note: `${unitText[unit]}${beside(radiusText(medianGlobalRadius, unit))}`,
    },
    ...(level === 'exact'
      ? [
          {
            name: 'solved exactly',
            value: percent(exactShare),
            note: 'of the rows: the radius is all there is, to 0.5 %',
          },
        ]
      : []),
  ]
}

/** The radius whose share of certain rows stands at the top. */
const headlineRadius = { tolerances: 1, deviations: 0.1 }

function notesOf({ level, budget, certificate }: CertifyRun): string[] {
  const open = certificate.exact.filter((met) => !met).length
  if (level !== 'exact' || open === 0) return []
  const rows = open === 1 ? '1 row is' : `${count(open, 'row')} are`
  return [
    `${rows} not solved exactly: the nearest known row of another class is beyond the radius. Close to a boundary, what ` +
      `rounding may change keeps them apart; elsewhere the search ended after ${count(budget, 'node')}, and a larger ` +
      '--budget proves more.',
  ]
}

const levelTexts: Record<Level, string> = {
  global: 'one bound for all inputs, from the path norms of the network',
  local: 'intervals of all values and slopes in the box around the row',
  linear: 'straight lines around each unit whose sign the box leaves open',
  exact: 'the signs of those units, tried until the radius meets a row of another class',
}

/** What each level does, and what those that were asked for found. */
function levelsSection(run: CertifyRun): FactsSection {
  const { unit, medianRadius, medianGlobalRadius } = figuresOf(run)
  const found: Partial<Record<Level, number>> = { global: medianGlobalRadius, [run.level]: medianRadius }
  const facts = levels.map((level): [string, string] => {
    const radius = found[level]
    return [level, `${levelTexts[level]}${radius === undefined ? '' : `; median radius ${radiusText(radius, unit)}`}`]
  })
  return { title: 'Levels', text: 'Each looks harder than the one before; all of them are proofs.', facts }
}

function factsOf({ model, table, files, level, bound, budget, unseen, missing }: CertifyRun): [string, string][] {
  return [
    ['model', `${files.model}, ${networkText(model)}`],
    ['classes', listed(model.classes.map(String))],
    ['table', `${files.table}, ${count(table.rows, 'row')}`],
    ['missing', listed(Object.entries(missing).map(([name, cells]) => `${name} ${count(cells, 'cell')}`))],
    ['unseen', listed(Object.entries(unseen).map(([name, values]) => `${name} ${listed(values)}`))],
    ['level', `${level}${level === 'exact' ? `, at most ${count(budget, 'node')} for each row` : ''}`],
    ['bound', level === 'global' ? bound : ''],
    ['psilon', version],
  ]
}
