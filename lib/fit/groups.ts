import { cumsum } from 'd3-array'
import { type Epoch, guard, native } from '../core/native.js'
import { lanesInMemory, lanesOnGpu, lanesWithin } from '../machine/devices.js'
import { availableMemory } from '../machine/memory.js'
import type { FitCheckpoint } from './fit-checkpoint.js'
import type { History } from './history.js'
import type { FitJob, Placement } from './job.js'
import type { NetworkState } from './network-state.js'
import type { RunControl } from './run.js'
import { shareThreads } from './share-threads.js'
import { type DueFit, startFits } from './start.js'

/** Fits that train as one run, by their indices, and how many groups at a time share how many threads. */
export interface FitGroups {
  groups: readonly (readonly number[])[]
  placement: Placement
  threads: number
  lanes: number
  /** How many may run at a time at the end. */
  most: number
}

/**
 * On a CPU each fit is its own group, and as many run at a time as threads and memory allow. On a GPU a group consists
 * of fits of the same work, in order, as many as memory allows; several groups run at a time if all their networks fit.
 *
 * @param memory of the host in bytes: what all fits share, and what each needs for its network.
 * @param gpuMemory of the GPU, if that is the device.
 * @throws Refusal ERR_MEMORY if there is not enough for one fit at a time.
 */
export function groupFits(
  jobs: readonly FitJob[],
  { placement, threads }: { placement: Placement; threads: number },
  { shared, networks = jobs.map(() => 0) }: { shared: number; networks?: readonly number[] },
  gpuMemory = () => guard(() => native.gpuMemory()),
): FitGroups {
  const host = jobs.map(({ memory }) => memory.host[placement.device.kind])
  const each = host.map(({ bytes }, k) => bytes + networks[k])
  if (placement.device.kind === 'cpu') {
    const dealt = Math.max(0, ...host.map(({ threadBytes }) => threadBytes)) // threads are shared out among the fits
    const lanes = lanesInMemory(shared + dealt, each, threads)
    // each of more fits than threads has the memory of one thread
    const most = Math.min(2 * threads - 1, lanesWithin(availableMemory() - shared - 2 * dealt, each))
    return { groups: jobs.map((_, k) => [k]), placement, threads, lanes, most: lanes < threads ? lanes : most }
  }
  const onGpu = jobs.map(({ memory }) => memory.gpu)
  const max = lanesInMemory(shared, each, lanesOnGpu(gpuMemory(), onGpu))
  const groups = groupsOf(jobs, max)
  const sizes = groups.map(({ length }) => length).sort((a, b) => b - a)
  const lanes = Math.max(1, cumsum(sizes).filter((sum) => sum <= max).length)
  return { groups, placement, threads: lanes, lanes, most: lanes }
}

/** Groups of equal work, at most `max` fits in each. */
function groupsOf(jobs: readonly FitJob[], max: number): number[][] {
  const groups: number[][] = []
  const open = new Map<string, number[]>()
  jobs.forEach(({ work }, k) => {
    let group = open.get(work)
    if (group === undefined || group.length === max) {
      group = []
      groups.push(group)
      open.set(work, group)
    }
    group.push(k)
  })
  return groups
}

/** A fit among others, in three phases: it gets its network, then its whole group trains, then it is finished. */
export interface GroupedFit<Result> {
  job: FitJob
  control: RunControl<Epoch>
  checkpoint?: FitCheckpoint | undefined
  /** Called when its turn has come. Returns the network to train; null to skip the fit. */
  prepare(): NetworkState | null
  /** Finishes the fit; the next group waits for it. @param history null if the fit was skipped. */
  finish(history: Promise<History> | null): Promise<Result>
}

/** Runs all fits, even if some fail. */
export async function trainGroups<Result>(
  fits: readonly GroupedFit<Result>[],
  { groups, placement, threads, lanes, most }: FitGroups,
): Promise<PromiseSettledResult<Result>[]> {
  const works = groups.map((group) => {
    const own = group.map((k) => fits[k])
    return (threads: number) => trainGroup(own, placement, threads)
  })
  const ends: PromiseSettledResult<Result>[] = []
  const endsOfGroups = await shareThreads(works, { threads, lanes, most })
  groups.forEach((group, g) => {
    const all = endsOfGroups[g]
    group.forEach((k, i) => {
      ends[k] = all.status === 'fulfilled' ? all.value[i] : all
    })
  })
  return ends
}

function trainGroup<Result>(fits: readonly GroupedFit<Result>[], placement: Placement, threads: number) {
  const due: DueFit[] = []
  const finishers = fits.map((fit) => {
    try {
      const network = fit.prepare()
      if (network === null) return () => fit.finish(null)
      const { job, control, checkpoint } = fit
      const at = due.push({ job, network, control, checkpoint }) - 1
      return () => fit.finish(running[at].end)
    } catch (reason) {
      return () => fit.finish(Promise.reject(reason))
    }
  })
  const running = startFits(due, placement, threads)
  const setThreads = (threads: number) => {
    for (const fit of running) fit.setThreads(threads)
  }
  return { end: Promise.allSettled(finishers.map((finish) => finish())), setThreads }
}
