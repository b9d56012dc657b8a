import t from 'tap'
import type { Epoch, NativeFitEnd, NativeNetwork } from '#psilon/core/native.js'
import { native } from '#psilon/core/native.js'
import { epochsOf } from '#psilon/fit/history.js'
import { configOf, drawData, type Shape } from '../support/core.js'
import { type CoreFit, fitDefaults, fitNative, fitsNative } from '../support/native-fit.js'

const shape: Shape = { depth: 2, width: 8, outputs: 1 }
const options = { ...fitDefaults, epochs: 30, threads: 1 }

/** What must be the same bits. */
function bits(network: NativeNetwork, epochs: Epoch[]) {
  return { epochs: epochs.map(({ seconds: _clock, ...figures }) => figures), parameters: network.parameters() }
}

/** Fits of networks of one shape: their own seeds, strengths, rates and rows, and what else each is given. */
function severalFits(own: readonly Partial<CoreFit['options']>[], more: Shape = {}): CoreFit[] {
  const config = configOf({ ...shape, ...more })
  const validation = drawData(config, 'mse', 17, 9)
  return own.map((given, k) => ({
    network: new native.Network(config, k),
    data: drawData(config, 'mse', 40, k % 2),
    options: { ...options, seed: k, lambda: 10 ** -k, regWeight: 0.5 + k / 10, ...given },
    validation,
  }))
}

function withoutClock({ kept, seconds: _clock, ...end }: NativeFitEnd) {
  return { ...end, kept: kept && epochsOf(kept).map(({ seconds: _clock, ...figures }) => figures) }
}

async function alone({ network, data, options, onEpoch, validation }: CoreFit) {
  return fitNative(network, data, options, onEpoch, validation)
}

t.test('fits together are to the bit what each is alone', async (t) => {
  const prune = { sparsity: 0.6, scale: null, from: 0.32, to: 0.55, restart: true } // in mid-epoch
  const own = [{}, { learningRate: 1e-3 }, { schedule: 'constant' as const }]
  for (const dtype of ['float32', 'float64'] as const)
    for (const kind of ['mlp', 'resnet'] as const)
      for (const given of [{}, { prune }]) {
        const fits = () =>
          severalFits(
            own.map((each) => ({ ...given, ...each })),
            { dtype, kind },
          )
        const together = fits()
        const runs = await Promise.all(fitsNative(together))
        const expected = fits()
        for (const [k, fit] of expected.entries()) {
          const { epochs, end } = await alone(fit)
          t.strictSame(bits(together[k].network, runs[k].epochs), bits(fit.network, epochs), `${dtype} ${kind} ${k}`)
          t.strictSame(withoutClock(runs[k].end), withoutClock(end))
        }
      }
})

t.test('one that stops early and one that fails end alone, as they would by themselves', async (t) => {
  const rates = { schedule: 'constant' as const, epochs: 60 }
  const fits = () =>
    severalFits([
      rates,
      { ...rates, earlyStopping: { patience: 1, minDelta: 0.01 } },
      { ...rates, learningRate: 1e300 },
      rates,
    ])
  const together = fits()
  const ends = await Promise.allSettled(fitsNative(together))
  t.strictSame(
    ends.map((end) => (end.status === 'fulfilled' ? end.value.end.stopped : end.reason.code)),
    ['completed', 'early-stopping', 'ERR_NON_FINITE', 'completed'],
  )
  for (const [k, fit] of fits().entries()) {
    const [end] = await Promise.allSettled([alone(fit)])
    t.strictSame(together[k].network.parameters(), fit.network.parameters())
    if (end.status === 'rejected') {
      t.equal((ends[k] as PromiseRejectedResult).reason.message, end.reason.message)
    } else {
      const { epochs } = (ends[k] as PromiseFulfilledResult<typeof end.value>).value
      t.strictSame(bits(together[k].network, epochs), bits(fit.network, end.value.epochs))
    }
  }
})

t.test('one that cannot be pruned as far as it should be fails, and so do the others', async (t) => {
  const prune = { sparsity: 0.999, scale: null, from: 0.2, to: 0.5, restart: true }
  const fits = severalFits([{ prune }, { prune }])
  const before = fits.map(({ network }) => network.parameters())
  for (const end of await Promise.allSettled(fitsNative(fits))) {
    t.match(end, { status: 'rejected', reason: { code: 'ERR_UNREACHABLE' } })
  }
  t.strictSame(
    fits.map(({ network }) => network.parameters()),
    before,
  )
})

t.test('one is cancelled, later the others are', async (t) => {
  const endless = { epochs: 1e9, schedule: 'constant' as const }
  const fits = severalFits([endless, endless, endless])
  const last = fits.map(() => 0)
  const jobs: { cancel(): void }[] = []
  const onEpochOf = (k: number) => (epoch: Epoch, job: { cancel(): void }) => {
    jobs[k] = job
    last[k] = epoch.epoch
    if (k === 1 && epoch.epoch >= 20) job.cancel()
    if (k === 0 && last[1] >= 20 && epoch.epoch > 2 * last[1]) for (const each of jobs) each.cancel()
  }
  const ends = await Promise.all(fitsNative(fits.map((fit, k) => ({ ...fit, onEpoch: onEpochOf(k) }))))
  for (const [k, { epochs, end }] of ends.entries()) {
    t.equal(end.stopped, 'cancelled')
    t.equal(end.epoch, epochs.length)
    const again = severalFits([endless, endless, endless])[k]
    await alone({ ...again, options: { ...again.options, epochs: end.epoch } })
    t.strictSame(fits[k].network.parameters(), again.network.parameters())
  }
  t.ok(ends[1].end.epoch < ends[0].end.epoch, 'the others went on')
})

t.test('fits that differ in their work are refused', async (t) => {
  const [first, second] = severalFits([{}, {}])
  const before = first.network.parameters()
  const others: Partial<CoreFit>[] = [
    { data: drawData(first.network.config(), 'mse', 41) },
    { validation: null },
    { options: { ...second.options, epochs: 29 } },
    { options: { ...second.options, batchSize: 15 } },
  ]
  for (const other of others)
    for (const end of await Promise.allSettled(fitsNative([first, { ...second, ...other }]))) {
      t.match(end, { status: 'rejected', reason: { code: 'ERR_OPTION' } })
    }
  t.strictSame(first.network.parameters(), before)
  t.throws(() => native.fit([]), { code: 'ERR_OPTION' })
  const request = { network: {}, train: {}, validation: null, options, onEpochs() {}, onEnd() {} }
  t.throws(() => native.fit([request as never]), { code: 'ERR_OPTION' })
})
