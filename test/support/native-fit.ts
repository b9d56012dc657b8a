import {
  type Epoch,
  type NativeData,
  type NativeFit,
  type NativeFitEnd,
  type NativeFitRequest,
  type NativeNetwork,
  native,
} from '#psilon/core/native.js'
import { epochsOf } from '#psilon/fit/history.js'
import type { NativeFitOptions } from '#psilon/fit/settings.js'

export const fitDefaults: NativeFitOptions = {
  loss: 'mse',
  regularizer: 'path-improved',
  lambda: 1e-3,
  regWeight: 0.5,
  epochs: 10,
  batchSize: 16,
  learningRate: 1e-2,
  schedule: 'one-cycle',
  projection: 'none',
  prune: null,
  earlyStopping: null,
  validationEvery: 1,
  seed: 1,
  threads: 2,
  precision: 'float32',
}

export interface CoreFit {
  network: NativeNetwork
  data: NativeData
  options: NativeFitOptions
  validation?: NativeData | null
  onEpoch?: (epoch: Epoch, job: NativeFit) => void
}

/** One run of fits of the core, each with every epoch it reported. */
export function fitsNative(fits: readonly CoreFit[]): Promise<{ epochs: Epoch[]; end: NativeFitEnd }>[] {
  const requests: NativeFitRequest[] = []
  const results = fits.map(({ network, data, options, validation = null, onEpoch = () => {} }, k) => {
    const epochs: Epoch[] = []
    const rows = (data: NativeData) => new native.Rows(data, network.config(), options.loss)
    const given = {
      network,
      train: rows(data),
      validation: validation && rows(validation),
      options,
      from: null,
      snapshots: null,
    }
    return new Promise<{ epochs: Epoch[]; end: NativeFitEnd }>((resolve, reject) => {
      const onEpochs = (figures: Float64Array) => {
        for (const epoch of epochsOf(figures)) {
          epochs.push(epoch)
          onEpoch(epoch, jobs[k])
        }
      }
      const onEnd = (error: Error | null, end: NativeFitEnd | null) =>
        end === null ? reject(error) : resolve({ epochs, end })
      requests.push({ ...given, onEpochs, onEnd })
    })
  })
  const jobs = native.fit(requests)
  return results
}

/** A fit of the core, with every epoch it reported. */
export function fitNative(
  network: NativeNetwork,
  data: NativeData,
  options: NativeFitOptions,
  onEpoch?: (epoch: Epoch, job: NativeFit) => void,
  validation: NativeData | null = null,
): Promise<{ epochs: Epoch[]; end: NativeFitEnd }> {
  return fitsNative([{ network, data, options, onEpoch, validation }])[0]
}
