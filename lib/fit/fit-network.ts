import { Checkpoint } from '../checkpoint/checkpoint.js'
import type { CheckedCheckpoint } from '../checkpoint/options.js'
import { digestOf, runIdentity } from '../checkpoint/run-identity.js'
import type { Epoch } from '../core/native.js'
import { checkMemory } from '../machine/devices.js'
import { readOptions } from '../options/option.js'
import { FitCheckpoint } from './fit-checkpoint.js'
import type { History } from './history.js'
import { checkFit, type FitJob, type Placement, placeFits } from './job.js'
import type { NetworkState } from './network-state.js'
import { fitOptions } from './options.js'
import { SharedRows } from './rows.js'
import type { RunControl, WholeRunControl } from './run.js'
import { startFits } from './start.js'

/** Checks a fit of an idle network, except for memory. */
export function jobOf(network: NetworkState, given: { data: unknown; options: unknown }, known: SharedRows): FitJob {
  return checkFit({ config: network.idle().config(), seed: network.seed }, given, known)
}

/** Trains one network. */
export async function fitNetwork(
  network: NetworkState,
  { data, options }: { data: unknown; options: unknown },
  whole: WholeRunControl<Epoch>,
): Promise<History> {
  const given = readOptions(fitOptions, options)
  whole.follow(given.signal)
  const known = new SharedRows()
  const job = jobOf(network, { data, options: given }, known)
  const placement = placeFits(job.requestedDevice, [job])
  const { bytes, threadBytes } = job.memory.host[placement.device.kind]
  checkMemory(known.bytes + bytes + threadBytes)
  const control = { emit: (epoch: Epoch) => whole.emit(() => epoch), stop: whole.stop }
  if (job.checkpoint === undefined) {
    return await startFits([{ job, network, control }], placement, job.options.threads)[0].end
  }
  network.reserve()
  return await fitWithCheckpoint(network, job, { placement, control, given: job.checkpoint })
}

interface CheckpointedFit {
  placement: Placement
  control: RunControl<Epoch>
  given: CheckedCheckpoint
}

/** @param network reserved, and freed however this ends. */
async function fitWithCheckpoint(network: NetworkState, job: FitJob, { placement, control, given }: CheckpointedFit) {
  const { config, validation } = job
  const { threads, ...options } = job.options
  const parameters = Object.values(network.use().parameters()).map(({ data }) => data)
  const rows = [job.train, validation].flatMap((each) => each?.numbers ?? [null])
  const identity = runIdentity(placement.device, digestOf([config, network.seed, options], [...parameters, ...rows]))
  const checkpoint = await Checkpoint.open(given, identity).catch((error) => {
    network.release()
    throw error
  })
  const stop = AbortSignal.any([control.stop, checkpoint.failed])
  const due = { job, network, control: { ...control, stop }, checkpoint: new FitCheckpoint(checkpoint, 'fit') }
  const train = () => startFits([due], placement, threads)[0].end
  return await checkpoint.during(train, ({ stopped }) => stopped !== 'cancelled')
}
