import {
  type Epoch,
  type NativeData,
  type NativeFit,
  type NativeFitEnd,
  type NativeFitOptions,
  type NativeNetwork,
  native,
} from '#psilon/native.js'

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

/** A fit of the core, with every epoch it reported. */
export function fitNative(
  network: NativeNetwork,
  data: NativeData,
  options: NativeFitOptions,
  onEpoch: (epoch: Epoch, job: NativeFit) => void = () => {},
  validation: NativeData | null = null,
): Promise<{ epochs: Epoch[]; end: NativeFitEnd }> {
  return new Promise((resolve, reject) => {
    const all: Epoch[] = []
    const rows = (data: NativeData) => new native.Rows(data, network.config(), options.loss)
    const job = network.fit(
      rows(data),
      validation && rows(validation),
      options,
      (epochs) => {
        for (const epoch of epochs) {
          all.push(epoch)
          onEpoch(epoch, job)
        }
      },
      (error, end) => (error === null ? resolve({ epochs: all, end: end as NativeFitEnd }) : reject(error)),
    )
  })
}
