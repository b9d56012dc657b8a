import { openPeers, pyTorch, pyTorchOpenMP, tensorFlow } from '../peers.mjs'
import { versusInference } from './versus-inference.mjs'
import { versusTraining } from './versus-training.mjs'

/** Other libraries at the same work, in the same run. Those that are not there are named, with the reason. */
export async function versus(/** @type {import('../effort.mjs').Effort} */ effort) {
  const torch = await openPeers([...pyTorch(effort.threads), ...pyTorchOpenMP(effort.threads)])
  const tensor = await openPeers(tensorFlow())
  for (const [name, reason] of Object.entries({ ...torch.skipped, ...tensor.skipped })) {
    effort.report(`${name} is left out: ${reason}`)
  }
  const [tabular, deep] = effort.jobs
  const training = [
    await versusTraining(tabular, [...torch.opened, ...tensor.opened], effort),
    await versusTraining(deep, torch.opened, effort),
  ]
  for (const { process } of [...torch.opened, ...tensor.opened]) process.end()
  const { predictions, skipped, versions } = await versusInference(effort)
  return {
    versions: { ...torch.versions, ...tensor.versions, ...versions },
    skipped: { ...torch.skipped, ...tensor.skipped, ...skipped },
    training,
    inference: predictions,
  }
}
