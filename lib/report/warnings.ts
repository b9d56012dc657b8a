import { mean } from 'd3-array'
import type { Epoch } from '../core/native.js'
import { PsilonClassifier } from '../estimators/classifier.js'
import type { AnyModel } from '../estimators/models.js'
import { count, percent } from '../print.js'
import type { RunRecord } from './record.js'
import { baselineName, metrics, type Scores } from './scores.js'

/** What a reader of the scores should know; the codes are stable. */
export interface Warning {
  code: 'loss-still-falling' | 'no-better-than-baseline' | 'diverged'
  message: string
}

/**
 * Falls that are worth a warning, of the loss on the watched rows, or of the training loss, which hardly stops falling.
 */
const falls = { watched: 0.05, training: 0.2 }

/** A model is no better than the baseline if its error is a larger share of the baseline's. */
const noBetter = 0.99

/** A cancelled run is not judged. */
export function warningsOf(
  run: Pick<RunRecord, 'epochs' | 'scores' | 'stopped' | 'watched' | 'diverged'>,
  model: AnyModel,
): Warning[] {
  if (run.stopped === 'cancelled') return []
  // training did not minimise the log loss then
  const weighted = model instanceof PsilonClassifier && model.options.classWeight !== undefined
  const all = [baselineWarning(run.scores, weighted), fallWarning(run), divergedWarning(run)]
  return all.filter((warning) => warning !== null)
}

function divergedWarning({ diverged = [] }: Pick<RunRecord, 'diverged'>): Warning | null {
  if (diverged.length === 0) return null
  const settings = diverged.filter(({ stage }) => stage === 'search').length
  const networks = diverged.length - settings
  const parts = [
    ...(settings > 0 ? [`${count(settings, 'setting')} diverged in the search and ${were(settings)} given up`] : []),
    ...(networks > 0 ? [`${count(networks, 'network')} diverged and ${were(networks)} left out of the average`] : []),
  ]
  return { code: 'diverged', message: `${parts.join(', ')}; a smaller learning rate or lambda may help` }
}

const were = (n: number): string => (n === 1 ? 'was' : 'were')

function baselineWarning(scores: Record<string, Scores>, weighted: boolean): Warning | null {
  const [entry] = Object.entries(scores)
  if (entry === undefined) return null
  const [part, own] = entry
  const { baseline } = own
  const name = own.logLoss === undefined ? 'rmse' : 'logLoss'
  const [error, constant] = [own[name], baseline[name]]
  if (error === undefined || constant === undefined || (weighted && name === 'logLoss')) return null
  if (error < noBetter * constant) return null
  const { text } = metrics.find((metric) => metric.name === name) as (typeof metrics)[number]
  const what = `${name === 'rmse' ? 'RMSE' : 'log loss'} ${text(error)} beside ${text(constant)}`
  const how = error > constant ? 'worse than' : 'no better than'
  const message = `on the ${part} rows the model is ${how} always predicting the ${baselineName([own])}: ${what}`
  return { code: 'no-better-than-baseline', message }
}

function fallWarning({ epochs, stopped, watched }: Pick<RunRecord, 'epochs' | 'stopped' | 'watched'>): Warning | null {
  if (stopped !== 'completed') return null
  const last = afterPruning(epochs)
  const seen = last.flatMap(({ validationLoss }) => validationLoss ?? [])
  const [losses, name, least] =
    seen.length > 0
      ? [seen, `on the ${watched}`, falls.watched]
      : [last.map(({ loss }) => loss), 'in training', falls.training]
  const fall = fallOf(losses)
  if (fall < least) return null
  const message = `the loss ${name} still fell by ${percent(fall)} in the last half of the epochs; more epochs may help`
  return { code: 'loss-still-falling', message }
}

/** Pruning raises the loss; the epochs after it are judged as a run of their own. */
const afterPruning = (epochs: readonly Epoch[]): readonly Epoch[] =>
  epochs.slice(epochs.findLastIndex(({ alpha }) => alpha > 0 && alpha < 1) + 1)

/** Smaller falls, as a share of the initial loss, do not matter. */
const leastFall = 0.01

/** Share by which losses fell from the middle of the run to its end, means over a tenth and a twentieth of the epochs. */
function fallOf(losses: readonly number[]): number {
  const { length } = losses
  if (length < 8) return 0
  const part = (from: number, to: number) =>
    mean(losses.slice(Math.floor(from * length), Math.ceil(to * length))) as number
  const middle = part(0.45, 0.55)
  const fall = middle - part(0.95, 1)
  return fall > leastFall * losses[0] ? fall / middle : 0
}
