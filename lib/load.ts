import { readModel } from './io/model-file.js'
import { PsilonNet, PsilonResNet } from './network.js'

/**
 * Reads a network that `save` wrote.
 *
 * @throws PsilonError ERR_FILE where the file cannot be read, ERR_MODEL_FILE where anything in it is odd, ERR_MEMORY
 * where the network is too large.
 */
export async function load(path: string): Promise<PsilonNet | PsilonResNet> {
  const { blueprint } = await readModel(path)
  return blueprint.config.kind === 'mlp' ? new PsilonNet(blueprint) : new PsilonResNet(blueprint)
}
