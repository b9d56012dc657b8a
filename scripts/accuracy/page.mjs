import { count, duration, figure, percent, size } from '#psilon/print.js'
import { table } from '../../bench/markdown.mjs'

const text = (scores) => (scores === null ? '-' : figure(scores.test))
const rank = (value) => value.toFixed(2)

const columns = {
  table: ({ set }) => set,
  score: ({ task }) => (task === 'regression' ? 'RMSE' : 'log loss'),
  scaling: ({ scaling }) => scaling ?? '-',
  lambda: ({ lambda }) => String(lambda ?? '-'),
  zeros: ({ zeros }) => (zeros === null ? '-' : percent(zeros)),
  'PSiLON, one': ({ one }) => text(one),
  average: ({ ensemble }) => text(ensemble),
  forest: ({ forest }) => text(forest),
  boosting: ({ boosting }) => text(boosting),
  ranks: ({ ranks }) => (ranks === null ? '-' : Object.values(ranks).join(', ')),
  'time, average': ({ ensemble }) => (ensemble === null ? '-' : duration(ensemble.seconds)),
  'size, average': ({ ensemble }) => (ensemble === null ? '-' : size(ensemble.bytes)),
}

/** Test scores of each table, ranks of average, forest and boosting, and their means. */
export function page({ tables, averageRanks, options: { hidden, epochs, members }, machine, peers }) {
  const { processor } = machine
  return [
    table(columns, tables),
    ...(averageRanks === null
      ? [`Random forest and boosting are left out: ${peers}.`]
      : [
          `Average rank over ${count(tables.length, 'table')}: PSiLON, average of ${members}: ${rank(averageRanks.ensemble)}, ` +
            `forest ${rank(averageRanks.forest)}, boosting ${rank(averageRanks.boosting)} (scikit-learn ${peers}).`,
        ]),
    '',
    `Test scores, lower is better: RMSE in scaled units, log loss in nats. Hidden layers of ${hidden}, ` +
      `${count(epochs, 'epoch')}. Times are sums over the ${count(members, 'network')} of the average, which trained one a thread on ${processor}; sizes those of their files.`,
    '',
  ].join('\n')
}
