import type { Model } from '../cells/cells.js'
import type { Task } from '../data/data-sets.js'
import type { Figure } from '../studies/figure.js'
import { figure, percent } from '../text.js'

export const modelNames: Record<Model, string> = {
  psilon: 'PSiLON',
  standard: 'Standard',
  mlp: 'MLP',
  linear: 'linear',
  forest: 'forest',
  'l1-ib': 'L1-IB',
  'l2-ib': 'L2-IB',
  'l1-ob': 'L1-OB',
  'l2-ob': 'L2-OB',
  'pgd-psilon': 'PGD-PSiLON',
}

const scoreNames: Record<Task, string> = {
  regression: 'RMSE in scaled units',
  binary: 'log loss',
  classes: 'cross-entropy',
}

export const scoreName = (task: Task): string => scoreNames[task]

/** `0.5000 ± 0.01250` */
export function figureText(value: Figure | null, write: (value: number) => string = figure): string {
  if (value === null) return ''
  return value.spread === null ? write(value.mean) : `${write(value.mean)} ± ${write(value.spread)}`
}

/** `+2.0 %`, `-1.5 %`, `0.0 %` */
export function changeText(share: number): string {
  const text = percent(Math.abs(share))
  return text === '0.0 %' ? text : `${share < 0 ? '-' : '+'}${text}`
}
