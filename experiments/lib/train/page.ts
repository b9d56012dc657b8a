import { count, duration, figure, markdownTable, percent, size } from '../text.js'
import type { Trained } from './train.js'

const titles = [
  'table',
  'train',
  'test',
  'score',
  'held out',
  'baseline',
  'accuracy',
  'chosen',
  'wall time',
  'processor time',
  'model',
]

/** A table in Markdown. */
export function page(all: readonly Trained[], processor: string): string {
  const rows = all.map(({ table, task, rows, score, baseline, accuracy, setting, seconds, bytes }) => [
    ...[table, String(rows.train), String(rows.test), task === 'regression' ? 'RMSE' : 'log loss'],
    ...[figure(score), figure(baseline), accuracy === null ? '-' : percent(accuracy), chosen(setting)],
    ...[duration(seconds.wall), duration(seconds.processor), size(bytes)],
  ])
  return [
    ...markdownTable(titles, rows),
    '',
    'Scores on rows held out: RMSE in units of half the inter-quartile range of the training target, mean log loss in nats; lower',
    'is better. The baseline always predicts the mean or the base rates. Times are those of the whole program, with reading the',
    `table and writing model and page, on ${processor}.`,
    '',
  ].join('\n')
}

const chosen = ({ encoding, hidden, lambda, members }: Trained['setting']): string =>
  `${encoding}, ${[hidden].flat().join('-')} units, lambda ${lambda}, ${count(members, 'network')}`
