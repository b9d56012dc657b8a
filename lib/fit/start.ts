import type { Epoch, NativeFit, NativeFitEnd, NativeFitRequest } from '../core/native.js'
import { native, refuseNative } from '../core/native.js'
import type { FitCheckpoint } from './fit-checkpoint.js'
import { deviceOf, epochsOf, type History, historyOf, notBegun } from './history.js'
import type { FitJob, Placement } from './job.js'
import type { NetworkState } from './network-state.js'
import type { RunControl } from './run.js'
import type { Running } from './share-threads.js'

/** A fit that is to begin, and the network that it trains. */
export interface DueFit {
  job: FitJob
  network: NetworkState
  control: RunControl<Epoch>
  checkpoint?: FitCheckpoint | undefined
}

/**
 * Starts fits; several of the same work are one run. Fits that are already cancelled do not begin.
 *
 * @param threads to begin with; a fit may get up to as many as its options say.
 */
export function startFits(fits: readonly DueFit[], placement: Placement, threads: number): Running<History>[] {
  const starts = fits.map((fit) => startOf(fit, placement, threads))
  const due = starts.filter(({ request }) => request !== undefined)
  try {
    const handles = due.length > 0 ? native.fit(due.map(({ request }) => request as NativeFitRequest)) : []
    for (const [k, handle] of handles.entries()) due[k].handle = handle
  } catch (error) {
    for (const { request } of due) request?.onEnd(error as Error, null)
  }
  return starts
}

interface Start extends Running<History> {
  /** Undefined for a fit that does not begin. */
  request?: NativeFitRequest
  handle?: NativeFit
}

function startOf({ job, network, control, checkpoint }: DueFit, placement: Placement, threads: number): Start {
  const { options, train, validation, config } = job
  const taken = network.take(control.stop)
  const deviceUsed = (instructionSet?: string) => deviceOf(placement, { ...config, ...options }, instructionSet)
  if (taken.stop.aborted) {
    return { end: network.trained(Promise.resolve(notBegun(deviceUsed())), () => null), setThreads() {} }
  }
  const from = checkpoint?.from ?? null
  const epochs: Epoch[] = from?.epochs ?? []
  const start: Omit<Start, 'end'> = { setThreads: (threads) => start.handle?.setThreads(threads) }
  const ended = new Promise<NativeFitEnd>((resolve, reject) => {
    start.request = {
      network: taken.native,
      train: train.native,
      validation: validation?.native ?? null,
      options: { ...options, threads, maxThreads: options.threads, device: placement.device.kind },
      onEpochs(figures) {
        for (const epoch of epochsOf(figures)) {
          epochs.push(epoch)
          control.emit(epoch)
        }
      },
      from: from?.snapshot ?? null,
      snapshots: checkpoint?.snapshots(epochs) ?? null,
      onEnd: (error, end) => (end === null ? reject(error) : resolve(end)),
    }
  })
  const cancel = () => start.handle?.cancel()
  taken.stop.addEventListener('abort', cancel)
  const history = ended
    .finally(() => taken.stop.removeEventListener('abort', cancel))
    .then((end) => historyOf(epochs, end, deviceUsed(end.instructionSet)), refuseNative)
  return Object.assign(start, { end: network.trained(history, () => (epochs.length > 0 ? options.loss : null)) })
}
