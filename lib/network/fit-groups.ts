import { cumsum } from 'd3-array'
import { type Device, lanesInMemory, lanesOnGpu } from '../devices.js'
import { type Epoch, guard, native } from '../native.js'
import { type NetworkDue, NetworkState } from './network-state.js'
import { type Running, shareThreads } from './share-threads.js'
import type { History, PlannedFit } from './training.js'
import type { RunControl } from './training-run.js'

/** Which of several fits train as one run, by their places, and how many groups at a time share how many threads. */
export interface FitGroups {
  groups: readonly (readonly number[])[]
  threads: number
  lanes: number
}

/**
 * On a CPU each fit is a group of its own, and as many are under way as there are threads and memory for. On a GPU a group
 * are fits of the same work, in their order, as many as there is memory for; several groups are under way where all their
 * networks have room.
 *
 * @param memory of the host: what all fits share, and what each needs besides.
 * @param gpuMemory of the GPU, where that is the device.
 * @throws PsilonError ERR_MEMORY where there is not enough for one fit at a time.
 */
export function groupFits(
  operation: string,
  fits: readonly PlannedFit[],
  { device, threads }: { device: Device; threads: number },
  { shared, each }: { shared: number; each: readonly number[] },
  gpuMemory = () => guard(groupFits, () => native.gpuMemory(), 'fit'),
): FitGroups {
  if (device.kind === 'cpu') {
    const dealt = Math.max(0, ...fits.map(({ threadBytes }) => threadBytes)) // threads are shared out among the fits
    return { groups: fits.map((_, k) => [k]), threads, lanes: lanesInMemory(operation, shared + dealt, each, threads) }
  }
  const onGpu = fits.map(({ gpuBytes }) => gpuBytes)
  const most = lanesInMemory(operation, shared, each, lanesOnGpu(gpuMemory(), onGpu))
  const groups = groupsOf(fits, most)
  const sizes = groups.map(({ length }) => length).sort((a, b) => b - a)
  const lanes = Math.max(1, cumsum(sizes).filter((sum) => sum <= most).length)
  return { groups, threads: lanes, lanes }
}

/** Of equal work, no more than `most` in each. */
function groupsOf(fits: readonly PlannedFit[], most: number): number[][] {
  const groups: number[][] = []
  const open = new Map<string, number[]>()
  fits.forEach(({ work }, k) => {
    const group = open.get(work)
    if (group !== undefined && group.length < most) {
      group.push(k)
      return
    }
    const another = [k]
    groups.push(another)
    open.set(work, another)
  })
  return groups
}

/** A fit among others. */
export interface GroupedFit<Result> {
  plan: PlannedFit
  /**
   * Called when its turn has come; the next group waits for what it returns.
   *
   * @param begin the fit, unless it is not to be made; called before anything is waited for.
   */
  train(begin: (network: NetworkState, control: RunControl<Epoch>) => Promise<History>): Promise<Result>
}

/** Makes all fits, whatever becomes of others. */
export async function trainGroups<Result>(
  fits: readonly GroupedFit<Result>[],
  { groups, threads, lanes }: FitGroups,
): Promise<PromiseSettledResult<Result>[]> {
  const works = groups.map((group) => (threads: number) => {
    return trainGroup(
      group.map((k) => fits[k]),
      threads,
    )
  })
  const ends: PromiseSettledResult<Result>[] = []
  const endsOfGroups = await shareThreads(works, { threads, lanes })
  groups.forEach((group, g) => {
    const all = endsOfGroups[g]
    group.forEach((k, i) => {
      ends[k] = all.status === 'fulfilled' ? all.value[i] : all
    })
  })
  return ends
}

function trainGroup<Result>(
  fits: readonly GroupedFit<Result>[],
  threads: number,
): Running<PromiseSettledResult<Result>[]> {
  const due: (NetworkDue & { resolve(history: Promise<History>): void })[] = []
  const ends = fits.map(({ plan, train }) => {
    return train((network, control) => new Promise((resolve) => due.push({ network, plan, control, resolve })))
  })
  const begun = NetworkState.begin(due, threads)
  begun.forEach(({ end }, k) => {
    due[k].resolve(end)
  })
  const setThreads = (threads: number) => {
    for (const fit of begun) fit.setThreads(threads)
  }
  return { end: Promise.allSettled(ends), setThreads }
}
