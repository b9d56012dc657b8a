import { number, percent, table } from '../markdown.mjs'
import { isMet } from '../targets.mjs'

const show = (value, unit) => (unit === '%' ? percent(value) : number(value))

const columns = {
  '': ({ what }) => what,
  aim: ({ bound, target, unit }) => `${bound} ${show(target, unit)}`,
  measured: ({ measured, unit }) => show(measured, unit),
  met: (each) => (isMet(each) ? 'yes' : 'no'),
}

/** @param {import('../targets.mjs').Target[]} targets */
export const targetTable = (targets) => table(columns, targets)
