import t from 'tap'
import { runModule } from '../support/child.js'

const start = `
  import { fitMany, PsilonError, PsilonNet } from 'psilon'
  const reports = []
  process.on('unhandledRejection', (error) => reports.push(error))
  process.on('uncaughtException', (error) => reports.push(error))
  process.on('exit', () => console.log('reports', reports.length))
  const fits = (ended) => [1, 2, 3].map((seed, k) => ({
    network: new PsilonNet({ inputs: 1, hidden: 2, seed }),
    data: { x: [[1], [2]], y: [1, 2] },
    options: { epochs: 2 },
    ended: k === 1 ? ended : undefined,
  }))
  const trained = (all) => all.every(({ network }) => network.loss === 'mse')
`

t.test('a run rejects with what ended throws as it is, once, and the other fits are made', async (t) => {
  const { stdout, stderr } = await runModule(`${start}
    for (const thrown of [new TypeError('mine'), new PsilonError('ERR_FILE', '[save] mine'), 'text', undefined, null])
      for (const ended of [() => { throw thrown }, async () => { throw thrown }]) {
        const stack = thrown?.stack
        const all = fits(ended)
        const run = fitMany(all)
        let events = 0
        const listen = async () => { for await (const _ of run) events++ }
        const ends = await Promise.allSettled([run, listen(), run])
        const same = ends.every(({ status, reason }) => status === 'rejected' && reason === thrown)
        console.log(same, thrown?.stack === stack, events, trained(all))
      }
  `)
  t.equal(stderr, '')
  t.equal(stdout, `${'true true 6 true\n'.repeat(10)}reports 0\n`)
})

t.test('where nobody hears of it, it is an unhandled rejection, one', async (t) => {
  const { stdout, stderr } = await runModule(`${start}
    const all = fits(() => { throw new Error('mine') })
    fitMany(all)
    process.on('exit', () => console.log(reports[0].message, trained(all)))
  `)
  t.match([stdout, stderr], ['reports 1\nmine true\n', ''])
})

t.test('a loop that throws ends the loop alone', async (t) => {
  const { stdout, stderr } = await runModule(`${start}
    const all = fits()
    const run = fitMany(all)
    try { for await (const _ of run) throw new Error('of the loop') }
    catch ({ message }) { console.log(message) }
    console.log((await run).length, trained(all))
  `)
  t.match([stdout, stderr], ['of the loop\n3 true\nreports 0\n', ''])
})
