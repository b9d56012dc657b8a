import { sum } from 'd3-array'
import { removeCheckpoint } from '../checkpoint/checkpoint-file.js'
import type { CheckpointOptions } from '../checkpoint/options.js'
import type { Task } from '../data/task.js'
import type { ErrorCode } from '../errors/errors.js'
import { refusalOf, textOf } from '../errors/refusal.js'
import { PsilonClassifier } from '../estimators/classifier.js'
import { type MetricName, metricValues } from '../estimators/metric.js'
import type { Model } from '../estimators/models.js'
import { PsilonRegressor } from '../estimators/regressor.js'
import type { FitSummary } from '../estimators/training.js'
import { encodeModel } from '../network/model-file.js'
import { countNonzero } from '../network/parameters.js'
import type { Table } from '../tables/table.js'
import type { Divisions } from './data.js'
import type { Trial } from './trial.js'

/** What a trial measured. */
export interface MeasuredTrial extends Pick<FitSummary, 'encoding' | 'hidden' | 'lambda' | 'sparsity'> {
  /** The scores of `evaluate` on the rows held out. */
  scores: Partial<Record<MetricName, number>>
  /** Path norm of the model (improved bound). */
  pathNorm: number
  /** Weights that are not zero, after compaction. */
  weights: number
  /** Bytes of the networks in a model file, after compaction. */
  bytes: number
  /** Networks that are averaged. */
  members: number
  /** Epochs of the first network. */
  epochs: number
  /** Duration of all fits, on the threads of the trial. */
  seconds: number
  /** Name and instruction set of the device. */
  device: string
}

/** A finished trial. A setting that cannot be trained on a part has an error instead of figures. */
export interface TrialResult extends Trial {
  measured: MeasuredTrial | null
  error: { code: ErrorCode; message: string } | null
}

/** Errors of a setting; all others, such as ERR_MEMORY, are of the machine. */
const ofSetting: readonly ErrorCode[] = [
  'ERR_NON_FINITE',
  'ERR_UNREACHABLE',
  'ERR_UNSUPPORTED',
  'ERR_OPTION',
  'ERR_DATA',
]

/** How a trial runs. */
export interface TrialControl {
  threads: number
  stop: AbortSignal
  /** From where it goes on, and where it stands when it is stopped. */
  checkpoint?: CheckpointOptions | undefined
}

/**
 * Trains and judges; depends on the trial and the rows alone, but for the duration.
 *
 * @returns null if it was stopped.
 * @throws the error of the machine.
 */
export async function runTrial(trial: Trial, divisions: Divisions, control: TrialControl): Promise<TrialResult | null> {
  if (control.stop.aborted) return null
  try {
    const model = modelFor(trial, divisions.data.task, control.threads)
    try {
      const measured = await measure(model, trial, divisions, control)
      return measured && { ...trial, measured, error: null }
    } finally {
      model.dispose()
    }
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === undefined || !ofSetting.includes(refusal.code)) throw error
    return { ...trial, measured: null, error: { code: refusal.code, message: textOf(refusal.said) } }
  }
}

export function modelFor({ options, seed }: Pick<Trial, 'options' | 'seed'>, task: Task, threads: number): Model {
  const all = { ...options, seed, threads }
  return task === 'regression' ? new PsilonRegressor(all) : new PsilonClassifier(all)
}

async function measure(
  model: Model,
  { seed, fold }: Trial,
  divisions: Divisions,
  control: TrialControl,
): Promise<MeasuredTrial | null> {
  const { train, test } = divisions.part(seed, fold)
  const summary = await fitOf(model, train, divisions.data.target, control)
  if (summary.stopped === 'cancelled') return null
  const scores = metricValues(await model.evaluate(test))
  const pathNorm = model.pathNorm()
  model.compact()
  const { encoding, hidden, lambda, sparsity, epochs, seconds, device } = summary
  return {
    scores,
    pathNorm,
    weights: sum(model.members, (member) => countNonzero(member.config, member.sparsity().layers)),
    bytes: sum(encodeModel({ networks: model.members }), ({ length }) => length),
    members: model.members.length,
    ...{ encoding, hidden, lambda, sparsity },
    epochs: epochs.at(-1)?.epoch ?? 0,
    seconds,
    device: `${device.name} ${device.instructionSet}`,
  }
}

/** A checkpoint that is damaged, or of another machine, is dropped. */
async function fitOf(model: Model, train: Table, target: string, { stop, checkpoint }: TrialControl) {
  const fit = async (): Promise<FitSummary> => {
    const run = model.fit(train, { target, checkpoint })
    const cancel = () => run.cancel()
    stop.addEventListener('abort', cancel)
    return await run.finally(() => stop.removeEventListener('abort', cancel))
  }
  try {
    return await fit()
  } catch (error) {
    if (checkpoint === undefined || refusalOf(error)?.code !== 'ERR_CHECKPOINT') throw error
    await removeCheckpoint(checkpoint.path)
    return fit()
  }
}
