import { runOperation } from './errors/operation.js'
import { unspoken } from './errors/refusal.js'
import type { PsilonClassifier } from './estimators/classifier.js'
import { restoreEstimator } from './estimators/file.js'
import type { PsilonRegressor } from './estimators/regressor.js'
import { networkFrom } from './network/ensemble.js'
import { inFile, readModel } from './network/model-file.js'
import type { PsilonNet, PsilonResNet } from './network/network.js'

/**
 * Loads what `save` wrote: a network, or an estimator with everything it learned.
 *
 * @throws PsilonError ERR_FILE if the file cannot be read, ERR_MODEL_FILE if it is not a valid model file, ERR_MEMORY if
 * the network is too large.
 */
export function load(path: string): Promise<PsilonNet | PsilonResNet | PsilonRegressor | PsilonClassifier> {
  return runOperation('load', load, async () => {
    const { blueprints, preprocessing, estimator } = await readModel(path)
    const networks = blueprints.map((blueprint) => unspoken(() => networkFrom(blueprint)))
    if (networks.length === 1 && preprocessing === undefined && estimator === undefined) return networks[0]
    return inFile(path, () => restoreEstimator(networks, estimator, preprocessing))
  })
}
