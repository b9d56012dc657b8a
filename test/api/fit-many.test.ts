import { type EpochOfMany, type FitOfMany, fitMany, type History, PsilonNet } from 'psilon'
import t from 'tap'
import { leave, leaveAll } from '../support/memory.js'
import { refusal } from '../support/refusal.js'
import { data, endless, options, several, x, y } from '../support/several-fits.js'

/** What must be the same bits. */
function bits({ network }: FitOfMany, { epochs, stopped, epoch }: History) {
  const figures = epochs.map(({ seconds: _clock, ...rest }) => rest)
  return { figures, stopped, epoch, loss: network.loss, parameters: network.parameters }
}

async function collect(run: AsyncIterable<EpochOfMany>): Promise<EpochOfMany[]> {
  const events: EpochOfMany[] = []
  for await (const event of run) events.push(event)
  return events
}

t.test('each fit is to the bit what it is alone, in the order given', async (t) => {
  const alone: unknown[] = []
  for (const fit of several()) alone.push(bits(fit, await fit.network.fit(fit.data, { ...fit.options, threads: 1 })))
  for (const threads of [1, 2, 3, 20]) {
    const fits = several()
    const histories = await fitMany(fits, { threads })
    t.strictSame(
      histories.map((history, k) => bits(fits[k] as FitOfMany, history)),
      alone,
      `${threads} threads`,
    )
    t.ok(histories.every(({ device }) => device.threads === threads && device.name === 'cpu'))
  }
  t.strictSame(await fitMany([]), [])
})

t.test('events name their fit, and are those of its history', async (t) => {
  const run = fitMany(several(), { threads: 3 })
  const events = await collect(run)
  const histories = await run
  histories.forEach(({ epochs }, k) => {
    const own = events.filter(({ index }) => index === k)
    t.strictSame(
      own,
      epochs.map((epoch) => ({ index: k, ...epoch })),
    )
  })
  t.equal(
    events.length,
    histories.reduce((sum, { epochs }) => sum + epochs.length, 0),
  )
})

t.test('as many run at a time as there are threads, in the order given', async (t) => {
  const fits = several().map((fit) => ({ ...fit, options: { ...fit.options, ...endless, earlyStopping: undefined } }))
  const run = fitMany(fits, { threads: 2 })
  const seen = new Set<number>()
  for await (const { index, epoch } of run) {
    seen.add(index)
    if (seen.size === 2 && epoch > 20) break
  }
  t.strictSame(seen, new Set([0, 1]))
  run.cancel()
  const histories = await run
  t.ok(histories.every(({ stopped }) => stopped === 'cancelled'))
  t.ok(histories.slice(0, 2).every(({ epoch, epochs }) => epoch > 0 && epoch === epochs.length))
  t.strictSame(
    histories.slice(2).map(({ epochs, epoch, seconds, device }) => ({ epochs, epoch, seconds, device })),
    fits.slice(2).map(({ network }) => {
      const device = { ...histories[0]?.device, precision: network.config.dtype }
      return { epochs: [], epoch: 0, seconds: 0, device }
    }),
  )
  // what never began is as it was
  const fresh = several()
  fits.slice(2).forEach(({ network }, k) => {
    t.strictSame(network.parameters, fresh[k + 2]?.network.parameters)
    t.equal(network.loss, null)
  })
  await fits[6]?.network.fit(data, { epochs: 1 })
})

t.test('who waits for a fit is told when it has ended, and the next one waits for them', async (t) => {
  const seen: string[] = []
  const fits = several().map((fit, k) => ({
    ...fit,
    ended: async ({ stopped, epoch }: History) => {
      fit.network.setParameters(fit.network.parameters) // it is free
      await new Promise((resolve) => setTimeout(resolve, 20))
      seen.push(`${k} ${stopped} ${epoch}`)
    },
  }))
  const run = fitMany(fits, { threads: 1 })
  for await (const { index, epoch } of run) if (epoch === 1) t.equal(seen.length, index)
  const histories = await run
  t.strictSame(
    seen,
    histories.map(({ stopped, epoch }, k) => `${k} ${stopped} ${epoch}`),
  )
})

t.test('fits of the same data share one copy of it in memory', async (t) => {
  t.teardown(leaveAll)
  const many = { data: new Float32Array(1_000_000), shape: [250_000, 4] }
  const tables = (x: object) => ({ x: x as never, y: new Float32Array(250_000) })
  const needed = async (fits: { data: ReturnType<typeof tables> }[]) => {
    const nets = fits.map(({ data }) => ({
      network: new PsilonNet({ inputs: 4, hidden: 4, depth: 1 }),
      data,
      options: { epochs: 1 },
    }))
    leave(1)
    const error = await refusal(fitMany(nets, { threads: 1 }))
    leaveAll()
    t.match(error, { code: 'ERR_MEMORY', message: /^\[fitMany\] needs \d/ })
    return error.details.needed as number
  }
  const one = tables(many)
  const single = await needed([{ data: one }])
  t.equal(await needed([{ data: one }, { data: one }, { data: { ...one } }]), single)
  const copy = tables({ ...many })
  t.equal(await needed([{ data: one }, { data: copy }]), single + 4 * 1_250_000)
})

t.test('rows are copied before the call returns', async (t) => {
  const fits = (rows: { data: Float32Array; shape: number[] }) =>
    [1, 2].map((seed) => ({ network: new PsilonNet({ inputs: 3, hidden: 8, seed }), data: { x: rows, y }, options }))
  const rows = () => ({ ...x, data: Float32Array.from(x.data) })
  const kept = fits(rows())
  await fitMany(kept, { threads: 1 })
  const changed = rows()
  const others = fits(changed)
  // the second has rows of its own, in the same numbers
  ;(others[1] as FitOfMany).data = { x: { ...changed }, y }
  const run = fitMany(others, { threads: 1 })
  changed.data.fill(Number.NaN)
  await run
  for (const k of [0, 1]) t.strictSame(others[k]?.network.parameters, kept[k]?.network.parameters)
})

t.test('little memory means fewer fits at a time, not others', async (t) => {
  t.teardown(leaveAll)
  const fits = () =>
    [1, 2, 3].map((seed) => ({
      network: new PsilonNet({ inputs: 3, hidden: 400, seed }),
      data,
      options: endless,
    }))
  // a fit of these takes about 6 MB, the threads besides its own 2 MB
  const run = () => {
    leave(11e6)
    return fitMany(fits(), { threads: 3 })
  }
  const limited = run()
  for await (const { index, epoch } of limited) {
    t.equal(index, 0)
    if (epoch > 5) break
  }
  limited.cancel()
  await limited
})

t.test('a network is taken from the beginning until its own fit ends', async (t) => {
  const fits = several().slice(0, 3)
  const [first, , last] = fits as [FitOfMany, FitOfMany, FitOfMany]
  const run = fitMany(
    fits.map((fit, k) => ({ ...fit, options: k === 0 ? options : endless })),
    { threads: 1 },
  )
  t.throws(() => last.network.compact(), { code: 'ERR_BUSY' })
  await t.rejects(last.network.fit(data), { code: 'ERR_BUSY' })
  await t.rejects(fitMany([last]), {
    code: 'ERR_BUSY',
    message: /^\[fitMany\] fits\[0\]: a fit of this network is run/,
  })
  for await (const { index } of run) if (index === 1) break
  t.ok(first.network.prune({ sparsity: 0.5 }))
  run.cancel()
  await run
  t.ok(last.network.prune({ sparsity: 0.5 }))
})
