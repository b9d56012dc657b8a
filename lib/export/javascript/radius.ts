import { classCount, type MarginBounds } from '../bounds/margins.js'
import type { ExportedModel } from '../exported-model.js'
import { lines } from './columns.js'
import { logitsPart, rowDoc } from './predictions.js'

/** How far a row can move in an exported JavaScript module, and the bounds that this needs (bounds/margins.ts). */
export function radiusParts({ columns, answer }: ExportedModel, { slopes, roundings, limit }: MarginBounds): string[] {
  const bare = columns === null
  const says = bare
    ? `every input by less than this. 0 where rounding alone may
 * change the class; Infinity if nothing can.`
    : `every number by less than this many \`deviation\`s of its column,
 * while categories and missing cells stay. 0 where rounding alone may change the class; Infinity if nothing can.`
  return [
    ...(bare ? [logitsPart(classCount(answer))] : []),
    `/** How much the difference of two logits changes at most with each input, of classes a < b at b (b - 1) / 2 + a. */
const slopes = ${lines(slopes)}
/** What rounding changes at most, of inputs of 0 and by the size of each; 0 for an input without effect. */
const roundings = ${JSON.stringify(roundings)}`,
    `/** Whether the class is \`own\` for all inputs from least to most. */
function isCertain(own, least, most) {
  const [centers, halves] = [new Float64Array(least.length), new Float64Array(least.length)]
  let rounding = roundings[0]
  for (let j = 0; j < least.length; j++) {
    if (roundings[j + 1] === 0) continue
    const size = Math.max(Math.abs(least[j]), Math.abs(most[j]))
    if (!(size <= ${limit})) return false
    centers[j] = (least[j] + most[j]) / 2
    halves[j] = Math.max(most[j] - centers[j], centers[j] - least[j])
    rounding += roundings[j + 1] * size
  }
  const logits = logitsOf(centers)
  return logits.every((logit, k) => {
    if (k === own) return true
    const [a, b] = [Math.min(own, k), Math.max(own, k)]
    const change = slopes[(b * (b - 1)) / 2 + a].reduce((sum, slope, j) => sum + slope * halves[j], rounding)
    return logits[own] - logit > change
  })
}`,
    `/**
 * How far a row can move before its class may change: ${says}
 *
${rowDoc(bare)}
 * @returns {number}
 */
export function radius(row) {
  const logits = logitsOf(inputsOf(row))
  const own = logits.indexOf(Math.max(...logits))
  const isCertainWithin = (reach) => isCertain(own, inputsOf(row, -reach).slice(), inputsOf(row, reach))
  if (isCertainWithin(Infinity)) return Infinity
  let [low, high, next] = [0, Infinity, 1]
  while (high > 2 ** -40 && low < 2 ** 40 && high > low * (1 + 2 ** -12)) {
    if (isCertainWithin(next * (1 + 2 ** -50))) low = next
    else high = next
    next = high === Infinity ? 4 * low : low === 0 ? high / 4 : (low + high) / 2
  }
  return low
}`,
  ]
}
