import { rollup, sum } from 'd3-array'
import type { EncodingName } from '../data/encodings/encodings.js'
import { ClassLabels } from '../data/target.js'
import type { TargetScaler } from '../data/target-scaler.js'
import { describeNetwork } from '../network/describe.js'
import { membersOf } from '../network/ensemble.js'
import { countParameters } from '../network/parameters.js'
import { boundLines, layerLines } from '../network/summary.js'
import { count, facts, listed, named } from '../print.js'
import type { Fitted } from './fits.js'

/** Texts that say what an estimator is. */

type AnyFitted = Fitted<TargetScaler | ClassLabels>

/** What is known of a fitted estimator without computing anything. */
export function estimatorFacts(fitted: AnyFitted): [name: string, text: string][] {
  const { target, preprocessor, encodings, lambda, network } = fitted
  const members = membersOf(network)
  const [{ config, loss, seed }] = members
  const { columns, features } = preprocessor
  const numeric = columns.filter(({ kind }) => kind === 'numeric').length
  const mean = members.length > 1 ? `mean of ${members.length} networks, the first: ` : ''
  return [
    ['predicts', `${named(target)}: ${answerText(fitted)}`],
    ['columns', `${numeric} numeric, ${columns.length - numeric} categorical; ${count(features.length, 'input')}`],
    ['encoding', encodingText(encodings)],
    ['network', `${mean}${describeNetwork(config)}`],
    ['parameters', sum(members, ({ config }) => countParameters(config)).toLocaleString('en-US')],
    ['trained', `loss ${loss}, lambda ${lambda}, seed ${seed}`],
  ]
}

function answerText({ target, coding }: AnyFitted): string {
  if (coding instanceof ClassLabels) return `one of ${listed(coding.labels.map(String))}`
  return coding.transform === 'none' ? 'a number' : `a number, learned as ${named(coding.learnedText(target))}`
}

/** Facts, the layers of the first network, and the bounds of all. */
export function summaryOf(name: string, fitted: AnyFitted): string {
  const [first, ...others] = membersOf(fitted.network)
  const [head, ...layers] = layerLines(first)
  const title = others.length === 0 ? [] : ['the first network']
  return [
    ...[name, ...facts(estimatorFacts(fitted)), '', ...title, head, ...layers, ''],
    ...boundLines(fitted.network),
  ].join('\n')
}

/** `asinh`, or `5 standard, 3 asinh` */
export function encodingText(encodings: readonly EncodingName[]): string {
  const counts = rollup(
    encodings,
    ({ length }) => length,
    (name) => name,
  )
  return counts.size === 1 ? encodings[0] : Array.from(counts, ([name, count]) => `${count} ${name}`).join(', ')
}
