import { runOperation } from './errors/operation.js'
import { unspoken } from './errors/refusal.js'
import { PsilonClassifier } from './estimators/classifier.js'
import { restoredEstimator } from './estimators/file.js'
import { PsilonRegressor } from './estimators/regressor.js'
import type { FileOrBytes } from './io/random-access.js'
import { inFile, readModel } from './network/model-file.js'
import type { PsilonNet, PsilonResNet } from './network/network.js'
import { networkFrom } from './network/network.js'

/**
 * Loads what `save` wrote: a network, or an estimator with everything it learned.
 *
 * @param source the path or the URL of a file, or its bytes, such as those of `toBuffer`.
 * @throws PsilonError ERR_FILE if the file cannot be read, ERR_MODEL_FILE if it is not a valid model file, ERR_OPTION for
 * anything else, ERR_MEMORY if the network is too large.
 */
export function load(source: FileOrBytes): Promise<PsilonNet | PsilonResNet | PsilonRegressor | PsilonClassifier> {
  return runOperation('load', load, async () => {
    const { name, blueprints, preprocessing, estimator } = await readModel(source)
    const networks = blueprints.map((blueprint) => unspoken(() => networkFrom(blueprint)))
    if (networks.length === 1 && preprocessing === undefined && estimator === undefined) return networks[0]
    return inFile(name, () => {
      const { type, options, fitted } = restoredEstimator(networks, estimator, preprocessing)
      return unspoken(() =>
        type === 'regressor' ? new PsilonRegressor(options, fitted) : new PsilonClassifier(options, fitted),
      )
    })
  })
}
