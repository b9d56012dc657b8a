import type { PsilonClassifier } from './classifier.js'
import { restoreEstimator } from './estimator-file.js'
import { networkFrom } from './estimator-fits.js'
import { inFile, readModel } from './io/model-file.js'
import type { PsilonNet, PsilonResNet } from './network.js'
import type { PsilonRegressor } from './regressor.js'

/**
 * Reads what `save` wrote: a network, or an estimator with all that it learned.
 *
 * @throws PsilonError ERR_FILE where the file cannot be read, ERR_MODEL_FILE where anything in it is odd, ERR_MEMORY
 * where the network is too large.
 */
export async function load(path: string): Promise<PsilonNet | PsilonResNet | PsilonRegressor | PsilonClassifier> {
  const { blueprint, preprocessing, estimator } = await readModel(path)
  const network = networkFrom(blueprint)
  if (preprocessing === undefined && estimator === undefined) return network
  return inFile(path, () => restoreEstimator(network, estimator, preprocessing))
}
