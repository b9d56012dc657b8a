import type { Link } from '../words.js'
import type { Operator } from './onnx-layers.js'
import { isEach, rowsOf, unsupported, weightsOf } from './onnx-values.js'

/** Operators behind the last layer: probabilities, and classes. */

export const chances =
  (link: Link): Operator =>
  (node, [x]) => {
    const rows = rowsOf(x)
    if (link === 'sigmoid' && rows.form === 'flat' && rows.link === 'none') return { ...rows, link }
    if (rows.layer === null || rows.form !== 'z') unsupported('it takes something else than the outputs of a layer')
    if (link === 'softmax') {
      requireLastAxis(node.integer('axis', 1))
      if (rows.width === 1) unsupported('it takes one output, of which it makes 1')
    }
    return { ...rows, form: 'p', link }
  }

/** 1 - p */
export const subtract: Operator = (_, [one, x]) => {
  const rows = rowsOf(x)
  if (rows.form !== 'p' || rows.width !== 1 || !isEach(one, 1)) unsupported('expected 1 - p of a probability p alone')
  return { ...rows, form: 'rest' }
}

/** [1 - p, p], or [max(x, 0), min(x, 0)] */
export const concat: Operator = (node, [a, b]) => {
  requireLastAxis(node.integer('axis', 1))
  const [first, second] = [rowsOf(a), rowsOf(b)]
  const forms = `${first.form} ${second.form}`
  const same = first.layer === second.layer
  if (same && forms === 'rest p') return { ...second, form: 'two', width: 2 }
  if (same && forms === 'above below') return { ...first, form: 'crelu', width: 2 * (first.width as number) }
  return unsupported('expected max(x, 0) beside min(x, 0), or 1 - p beside p, alone')
}

/** Classes, by probabilities or outputs. */
export const answer: Operator = (_, [x]) => {
  const rows = rowsOf(x)
  if (rows.layer !== null && ['z', 'p', 'two'].includes(rows.form)) return { ...rows, form: 'answer' }
  return unsupported('it takes neither outputs nor probabilities')
}

/** The labels of classes, by their numbers. */
export const named: Operator = (_, [classes, numbers]) => {
  weightsOf(classes, 'its list')
  const rows = rowsOf(numbers)
  return rows.form === 'answer' ? rows : unsupported('expected the number of a class')
}

function requireLastAxis(axis: number): void {
  if (axis !== 1 && axis !== -1) unsupported(`axis is ${axis}, expected 1`)
}
