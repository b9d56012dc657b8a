import { number, table } from '../markdown.mjs'

const columns = {
  rows: ({ rows }) => rows.toLocaleString('en'),
  model: ({ model }) => model,
  threads: ({ threads }) => String(threads),
  'processor seconds': ({ processor }) => number(processor.median),
  'wall seconds': ({ wall }) => number(wall.median),
}

/** @returns {string} Markdown */
export function presetsSection({ columns: width, most, skipped, fits }) {
  const leftOut = Object.entries(skipped).map(([peer, reason]) => `${peer} was left out: ${reason}.\n`)
  const limits = Object.entries(most).map(([preset, rows]) => `\`${preset}\` ${rows.toLocaleString('en')}`)
  return `## From a table to a model

A regressor of each preset is fitted to a table of ${width} columns of numbers, of which five count (Friedman 1991), with all that it
chooses by. So that the run ends in reasonable time, the presets get no more rows than these: ${limits.join(', ')}.
Times of \`fast\` are medians, all others are of one fit; processor seconds are those of the whole process.

XGBoost is the [search beside which accuracy is measured](experiments.md#beside-forests-and-boosting), on one thread: 30
settings by five folds, which also stop it early, then five boosters of all rows.

${leftOut.map((line) => `${line}\n`).join('')}${table(columns, fits)}`
}
