import { type FitOfMany, fitMany, type History, type PsilonError, PsilonNet } from 'psilon'
import t from 'tap'
import { refusal } from '../support/refusal.js'
import { data, endless, options, several, x } from '../support/several-fits.js'

const broken = { ...options, learningRate: 1e38 }

t.test('the others go on when a fit fails, and the first failure is the error', async (t) => {
  const fits = several()
  for (const k of [1, 4]) Object.assign(fits[k] as FitOfMany, { options: { ...fits[k]?.options, ...broken } })
  for (const threads of [1, 3]) {
    for (const { network } of fits) network.dispose()
    several().forEach(({ network }, k) => {
      Object.assign(fits[k] as FitOfMany, { network })
    })
    const error = await refusal(fitMany(fits, { threads }))
    t.match(error, { code: 'ERR_NON_FINITE', details: { index: 1, epoch: Number, step: Number, learningRate: Number } })
    t.match(error.message, /^\[fitMany\] fits\[1\]: .* became non-finite in epoch /)
    t.match(error.stack, 'fit-many-failures.test')
    const history = error.details.history as (History | null)[]
    const errors = error.details.errors as (PsilonError | null)[]
    t.strictSame(
      errors.map((each) => each?.details.index ?? null),
      [null, 1, null, null, 4, null, null],
    )
    t.match(errors[4], { code: 'ERR_NON_FINITE', message: /^\[fitMany\] fits\[4\]: /, stack: 'fit-many-failures.test' })
    t.strictSame(
      history.map((each) => each?.stopped ?? null),
      ['completed', null, 'completed', 'completed', null, 'early-stopping', 'completed'],
    )
    const [{ network }] = fits as [FitOfMany]
    const alone = several()[0] as FitOfMany
    await alone.network.fit(alone.data, alone.options)
    t.strictSame(network.parameters, alone.network.parameters)
    // the one that failed has its last good parameters, and can be used
    const failed = fits[1]?.network as PsilonNet
    t.ok(Array.from(failed.predictSync(x).data).every(Number.isFinite))
    t.ok(failed.sparsity())
  }
})

/** Fits of the same kind, one with each of these options. */
function fitsWith(...all: object[]): FitOfMany[] {
  return all.map((options, seed) => ({ network: new PsilonNet({ inputs: 3, hidden: 8, seed }), data, options }))
}

t.test('the error is that of the first in the list, whichever fails first; others can be cancelled', async (t) => {
  const fits = fitsWith(endless, broken, endless)
  const run = fitMany(fits, { threads: 2 })
  for await (const { index } of run) if (index === 2) break // which begins when the one before it has failed
  fits[0]?.network.dispose()
  run.cancel()
  const error = await refusal(run)
  t.match(error, { code: 'ERR_DISPOSED', message: /^\[fitMany\] fits\[0\]: /, details: { index: 0 } })
  t.match(error.details.errors, [{ code: 'ERR_DISPOSED' }, { code: 'ERR_NON_FINITE', details: { index: 1 } }, null])
  const [first, second, third] = error.details.history as (History | null)[]
  t.strictSame([first, second], [null, null])
  t.equal(third?.stopped, 'cancelled')
  t.ok(third?.epochs.length, 'what was trained is kept')
  t.equal(third?.epoch, third?.epochs.length)
  t.equal(fits[2]?.network.loss, 'mse')
})

t.test('a fit that has failed is the error, even where the signal is aborted later', async (t) => {
  const controller = new AbortController()
  const run = fitMany(fitsWith(broken, endless), { threads: 1, signal: controller.signal })
  for await (const { index } of run) if (index === 1) break
  controller.abort()
  const error = await refusal(run)
  t.match(error, { code: 'ERR_NON_FINITE', details: { index: 0 } })
  t.match(error.details.history, [null, { stopped: 'cancelled' }])
})

t.test('a network that is disposed of meanwhile fails alone', async (t) => {
  const fits = fitsWith(options, endless, options)
  const run = fitMany(fits, { threads: 1 })
  for await (const { index } of run) if (index === 1) break
  fits[1]?.network.dispose()
  fits[2]?.network.dispose()
  const error = await refusal(run)
  t.match(error, { code: 'ERR_DISPOSED', message: /^\[fitMany\] fits\[1\]: the network was disposed of while/ })
  t.match(error.details.history, [{ stopped: 'completed' }, null, null])
})

t.test('a signal ends them all, and the error has what there is', async (t) => {
  const controller = new AbortController()
  const fits = fitsWith(endless, endless, endless, endless)
  const run = fitMany(fits, { threads: 2, signal: controller.signal })
  for await (const _ of run) break
  controller.abort('enough')
  const error = await refusal(run)
  t.match(error, { code: 'ERR_CANCELLED', cause: 'enough' })
  t.match(error.details.history, [{ stopped: 'cancelled' }, {}, { epochs: [], stopped: 'cancelled' }, { epoch: 0 }])
})

t.test('what is wrong is refused before any fit begins', async (t) => {
  const [good, other] = several() as [FitOfMany, FitOfMany]
  const before = good.network.parameters
  const disposed = new PsilonNet({ inputs: 3, hidden: 2 })
  disposed.dispose()
  const at = (fit: unknown) => [good, fit]
  const cases: [fits: unknown, options: object, code: string, message: string][] = [
    [{}, {}, 'ERR_OPTION', 'fits is an object (Object), expected an array of { network, data, options }'],
    [[], { thread: 2 }, 'ERR_OPTION', 'unknown option "thread"; did you mean "threads"?'],
    [[good], { threads: 0 }, 'ERR_OPTION', 'threads must be an integer from 1 to 256, got 0'],
    [[good], { signal: 1 }, 'ERR_OPTION', 'signal must be an AbortSignal, got 1'],
    [at(7), {}, 'ERR_OPTION', 'fits[1]: expected { network, data, options }, got 7'],
    [at({ date: 1 }), {}, 'ERR_OPTION', 'fits[1]: unknown option "date"; did you mean "data"?'],
    [
      at({ data }),
      {},
      'ERR_OPTION',
      'fits[1]: network is undefined, expected a PsilonNet or PsilonResNet of this copy of psilon',
    ],
    [at({ ...good }), {}, 'ERR_OPTION', 'fits[1]: network is the same as in fits[0]'],
    [at({ ...other, network: disposed }), {}, 'ERR_DISPOSED', 'fits[1]: the network has been disposed of'],
    [at({ ...other, options: [] }), {}, 'ERR_OPTION', 'fits[1]: options must be an object, got an array of 0'],
    [
      at({ ...other, options: { lamda: 1 } }),
      {},
      'ERR_OPTION',
      'fits[1]: unknown option "lamda"; did you mean "lambda"?',
    ],
    ...['threads', 'device', 'signal'].map((name): [unknown, object, string, string] => {
      const message = `fits[1]: ${name} applies to all fits; give it to fitMany instead`
      return [at({ ...other, options: { [name]: 1 } }), {}, 'ERR_OPTION', message]
    }),
    [at({ network: other.network }), {}, 'ERR_DATA', 'fits[1]: data must be { x, y }, got undefined'],
    [at({ ...other, data: { x, y: [1] } }), {}, 'ERR_SHAPE', 'fits[1]: y has 1 row, x has 60'],
    [
      at({ ...other, options: { loss: 'bce' } }),
      {},
      'ERR_DATA',
      /^fits\[1\]: y\[\d+\] is .*, expected 0 to 1/ as never,
    ],
    [[good], { device: 'gpu' }, 'ERR_OPTION', /^device must be / as never],
    [[], { device: 'cuda' }, 'ERR_DEVICE', /^device "cuda" cannot be used: / as never],
  ]
  for (const [fits, options, code, message] of cases) {
    const error = await refusal(fitMany(fits as never, options as never))
    t.equal(error.code, code)
    t.match(error.message.replace(/^\[fitMany\] /, ''), message)
  }
  t.strictSame(good.network.parameters, before)
  await good.network.fit(data, { epochs: 1 })
})

t.test('what ended throws rejects the run, once all fits have ended', async (t) => {
  const fits = fitsWith(options, options)
  const refuses = () => Promise.reject(new Error('the disk is full'))
  await t.rejects(fitMany([{ ...(fits[0] as FitOfMany), ended: refuses }, fits[1] as FitOfMany]), {
    message: 'the disk is full',
  })
  for (const { network } of fits) t.equal(network.loss, 'mse', 'both were trained')
  const wrong = { ...(fits[0] as FitOfMany), ended: 'soon' as never }
  t.match(await refusal(fitMany([wrong])), {
    code: 'ERR_OPTION',
    message: '[fitMany] fits[0]: ended is "soon", expected a function',
  })
})
