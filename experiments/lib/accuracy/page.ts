import type { Scores } from '../cells/cells.js'
import type { Task } from '../data/data-sets.js'
import { count, duration, figure, percent, size } from '../text.js'
import type { EnsembleFigures } from './ensemble.js'
import type { Options } from './networks.js'
import type { PeerScores } from './peers.js'
import type { Ranks } from './ranking.js'

/** What one table gave. */
export interface Measured extends PeerScores {
  set: string
  task: Task
  scaling: string | null
  lambda: number | null
  zeros: number | null
  one: Scores | null
  ensemble: EnsembleFigures | null
  ranks: Ranks | null
}

interface Results {
  tables: readonly Measured[]
  averageRanks: Ranks | null
  options: Options
  processor: string
  /** The version of scikit-learn, or why it is left out. */
  peers: string
}

const text = (scores: Scores | null) => (scores === null ? '-' : figure(scores.test))
const rank = (value: number) => value.toFixed(2)

const columns: [title: string, text: (table: Measured) => string, figures: boolean][] = [
  ['table', ({ set }) => set, false],
  ['score', ({ task }) => (task === 'regression' ? 'RMSE' : 'log loss'), false],
  ['scaling', ({ scaling }) => scaling ?? '-', false],
  ['lambda', ({ lambda }) => String(lambda ?? '-'), true],
  ['zeros', ({ zeros }) => (zeros === null ? '-' : percent(zeros)), true],
  ['PSiLON, one', ({ one }) => text(one), true],
  ['average', ({ ensemble }) => text(ensemble), true],
  ['forest', ({ forest }) => text(forest), true],
  ['boosting', ({ boosting }) => text(boosting), true],
  ['ranks', ({ ranks }) => (ranks === null ? '-' : Object.values(ranks).join(', ')), true],
  ['time, average', ({ ensemble }) => (ensemble === null ? '-' : duration(ensemble.seconds)), false],
  ['size, average', ({ ensemble }) => (ensemble === null ? '-' : size(ensemble.bytes)), false],
]

/** Test scores of each table, ranks of average, forest and boosting, and their means; in Markdown. */
export function page({
  tables,
  averageRanks,
  options: { hidden, epochs, members },
  processor,
  peers,
}: Results): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const ranks =
    averageRanks === null
      ? `Random forest and boosting are left out: ${peers}.`
      : `Average rank over ${count(tables.length, 'table')}: PSiLON, average of ${members}: ${rank(averageRanks.ensemble)}, ` +
        `forest ${rank(averageRanks.forest)}, boosting ${rank(averageRanks.boosting)} (scikit-learn ${peers}).`
  return [
    line(columns.map(([title]) => title)),
    line(columns.map(([, , figures]) => (figures ? '---:' : '---'))),
    ...tables.map((table) => line(columns.map(([, text]) => text(table)))),
    '',
    ranks,
    '',
    `Test scores, lower is better: RMSE in scaled units, log loss in nats. Hidden layers of ${hidden}, ` +
      `${count(epochs, 'epoch')}. Times are sums over the ${count(members, 'network')} of the average, which trained one a thread on ${processor}; sizes those of their files.`,
    '',
  ].join('\n')
}
