import {
  type Epoch,
  fromNative,
  type NativeFit,
  type NativeFitEnd,
  type NativeFitRequest,
  native,
} from '../core/native.js'
import { epochsOf } from './epochs.js'
import { deviceOf, type History, historyOf, notBegun } from './history.js'
import type { FitJob, Placement } from './job.js'
import type { NetworkState } from './network-state.js'
import type { RunControl } from './run.js'
import type { Running } from './share-threads.js'

/** A fit that is to begin, and the network that it trains. */
export interface DueFit {
  job: FitJob
  network: NetworkState
  control: RunControl<Epoch>
}

/**
 * Starts fits; several of the same work are one run. Fits that are already cancelled do not begin.
 *
 * @param threads to begin with; a fit may get up to as many as its options say.
 */
export function startFits(fits: readonly DueFit[], placement: Placement, threads: number): Running<History>[] {
  const starts = fits.map((fit) => startOf(fit, placement, threads))
  const due = starts.filter(({ request }) => request !== null)
  try {
    const handles = due.length > 0 ? native.fit(due.map(({ request }) => request as NativeFitRequest)) : []
    for (const [k, handle] of handles.entries()) due[k].take(handle)
  } catch (error) {
    for (const { request } of due) request?.onEnd(error as Error, null)
  }
  return starts.map(({ running }) => running)
}

/** One fit before the run has begun: the request to the core, and the receiver of its handle. */
interface Start {
  request: NativeFitRequest | null
  running: Running<History>
  take(handle: NativeFit): void
}

function startOf({ job, network, control }: DueFit, placement: Placement, threads: number): Start {
  const { options, train, validation, config } = job
  const taken = network.take(control.stop)
  const deviceUsed = (instructionSet?: string) => deviceOf(placement, { ...config, ...options }, instructionSet)
  const epochs: Epoch[] = []
  if (taken.stop.aborted) {
    const end = network.trained(Promise.resolve(notBegun(deviceUsed())), () => null)
    return { request: null, running: { end, setThreads() {} }, take() {} }
  }
  let handle: NativeFit | undefined
  let request: NativeFitRequest | null = null
  const ended = new Promise<NativeFitEnd>((resolve, reject) => {
    request = {
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
      onEnd: (error, end) => (end === null ? reject(error) : resolve(end)),
    }
  })
  const cancel = () => handle?.cancel()
  taken.stop.addEventListener('abort', cancel)
  const history = ended
    .finally(() => taken.stop.removeEventListener('abort', cancel))
    .then(
      (end) => historyOf(epochs, end, deviceUsed(end.instructionSet)),
      (error) => {
        throw fromNative(error)
      },
    )
  const end = network.trained(history, () => (epochs.length > 0 ? options.loss : null))
  const setThreads = (threads: number) => handle?.setThreads(threads)
  const take = (own: NativeFit) => {
    handle = own
  }
  return { request, running: { end, setThreads }, take }
}
