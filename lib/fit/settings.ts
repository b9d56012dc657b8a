import type { CheckedCheckpoint } from '../checkpoint/options.js'
import { refuse } from '../checks.js'
import type { NativePrune, NetworkConfig } from '../core/native.js'
import { option, Refusal, setting, type Words, words } from '../errors/refusal.js'
import { checkOption, checkOptions, type Values } from '../options/option.js'
import { isRecord } from '../realms.js'
import { lossesWith, lossTraits, type RequestedDevice } from '../words.js'
import { fitOptions, type PruneAmount, pruneAmount, type pruneSchedule, type ValidationData } from './options.js'

/** Options that users give in another form than the core takes. */
interface InOtherForm {
  prune: (NativePrune & { from: number; to: number; restart: boolean }) | null
  earlyStopping: { patience: number; minDelta: number } | null
  seed: number
}

/** The options of a fit as the core takes them. */
export type NativeFitOptions = Omit<Values<typeof fitOptions>, keyof InOtherForm | keyof FitSettings | 'signal'> &
  InOtherForm & { validationEvery: number }

/** The options of a fit of one network, checked. */
export interface FitSettings {
  native: NativeFitOptions
  device: RequestedDevice
  /** `x`, `y` and `sampleWeight` are unchecked. */
  validation: ValidationData | undefined
  checkpoint: CheckedCheckpoint | undefined
}

/**
 * @param seed of the network.
 * @throws Refusal ERR_OPTION for an unknown name or a value out of its range, ERR_UNSUPPORTED for what this network
 * cannot do.
 */
export function fitSettings(options: unknown, config: NetworkConfig, seed: number): FitSettings {
  const { kind } = config
  const { device, validation, prune, earlyStopping, signal, checkpoint, ...given } = checkOptions(fitOptions, options, {
    kind,
  })
  const native: NativeFitOptions = {
    ...given,
    prune: prune === undefined ? null : pruneTimes(prune),
    earlyStopping: earlyStopping ?? null,
    validationEvery: validation?.every ?? 1,
    seed: given.seed ?? seed,
  }
  if (earlyStopping !== undefined && validation === undefined) {
    throw contradiction(words`${option('earlyStopping')} needs ${option('validation')}, which is not given`)
  }
  refuseContradictions(native, config)
  return { native, device, validation, checkpoint }
}

export const checkThreads = (threads?: unknown): number => checkOption('threads', fitOptions.threads, threads)

function pruneTimes(schedule: Values<typeof pruneSchedule>): NativeFitOptions['prune'] {
  const { from, to, restart } = schedule
  if (to <= from) {
    const expected = words`expected more than ${option('prune.from')}, which is ${from}`
    throw contradiction(words`${option('prune.to')} is ${to}, ${expected}`)
  }
  return { ...eitherAmount('prune.', schedule), from, to, restart }
}

/** The checked options of a network's `prune`. */
export function pruneTarget(options: unknown): NativePrune {
  if (options !== undefined && !isRecord(options)) {
    return refuse('options', 'an object, as in prune({ sparsity: 0.9 })', options)
  }
  return eitherAmount('', checkOptions(pruneAmount, options))
}

/** @throws Refusal ERR_OPTION unless exactly one of `sparsity` and `scale` is given. */
function eitherAmount(prefix: string, { sparsity, scale }: PruneAmount): NativePrune {
  if ((sparsity === undefined) === (scale === undefined)) {
    const came = sparsity === undefined ? 'neither' : 'both'
    const names = words`either ${option(`${prefix}sparsity`)} or ${option(`${prefix}scale`)}`
    throw contradiction(words`pruning takes ${names}, got ${came}`)
  }
  return { sparsity: sparsity ?? null, scale: typeof scale === 'number' ? scale : null }
}

/**
 * @param prefix of the names of options: `prune.` in those of a fit.
 * @throws Refusal ERR_UNSUPPORTED if the rows have no projection, or must not be projected as they are.
 */
export function checkPrunable(prefix: string, prune: NativePrune, config: NetworkConfig): void {
  if (config.normalization === 'none') {
    const remedy = words`train it or import it with ${setting('normalization', 'l1')}`
    throw unsupported(
      words`the network has normalization "none", so its weights cannot be projected and pruned; ${remedy}`,
    )
  }
  if (config.pruned && prune.sparsity === null && prune.scale === null) {
    const [sparsity, scale] = [option(`${prefix}sparsity`), option(`${prefix}scale`)]
    const message = words`${scale} is "raw", but the rows of a pruned network are projections`
    throw unsupported(words`${message}; give ${sparsity} or a number as ${scale}`)
  }
}

/** Refuses options that contradict each other or the network. */
function refuseContradictions(native: NativeFitOptions, config: NetworkConfig): void {
  const { loss, precision, prune, projection } = native
  if (lossTraits[loss].targets === 'class' && config.outputs < 2) {
    const remedy = `for two classes use ${lossesWith('sigmoid')}`
    throw contradiction([`loss "${loss}" needs at least 2 outputs, the network has 1; ${remedy}`])
  }
  if (precision !== 'float32' && config.dtype !== 'float32') {
    throw unsupported(
      words`${option('precision')} "${precision}" needs dtype "float32", the network has "${config.dtype}"`,
    )
  }
  refuseRates(native)
  if (prune !== null) checkPrunable('prune.', prune, config)
  if (projection === 'none') return
  const every = words`${option('projection')} "every-step"`
  if (prune !== null) throw contradiction(words`${every} and ${option('prune')} exclude each other`)
  if (config.normalization === 'none') throw unsupported(words`${every} needs normalization, the network has "none"`)
  if (config.pruned) {
    throw unsupported(words`${every} needs a network that is not pruned; it would project the rows again`)
  }
}

/** One-cycle ends at 1e-7 / peak; the schedules compute twice their largest rate. */
function refuseRates({ schedule, learningRate: peak }: NativeFitOptions): void {
  const largest = schedule === 'one-cycle' ? Math.max(peak, 1e-7 / peak) : peak
  if (schedule === 'constant' || Number.isFinite(2 * largest)) return
  const rates = words`which gives the schedule "${schedule}" rates that are not finite`
  throw contradiction(words`${option('learningRate')} is ${peak}, ${rates}`)
}

const contradiction = (message: Words) => new Refusal('ERR_OPTION', message)
const unsupported = (message: Words) => new Refusal('ERR_UNSUPPORTED', message)
