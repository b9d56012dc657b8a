import t from 'tap'
import { runModule } from '../support/child.js'

/** A module with a fit that would go on for hours, as `run`, and `firstEpoch()` of it. */
const endless = `
  import { PsilonNet } from 'psilon'
  const x = Array.from({ length: 200 }, (_, i) => [Math.sin(i), Math.cos(3 * i)])
  const y = x.map(([a, b]) => a * b)
  const net = new PsilonNet({ inputs: 2, hidden: 64, seed: 1 })
  const start = (options) => net.fit({ x, y }, { epochs: 1_000_000_000, batchSize: 20, ...options })
  const firstEpoch = async (run) => { for await (const epoch of run) return epoch }
`

t.test('process.exit in mid-fit ends with that exit code', async (t) => {
  for (const code of [0, 7]) {
    const end = await runModule(`${endless}
      await firstEpoch(start())
      process.exit(${code})
    `)
    t.match(end, { code, signal: null, stderr: '' })
  }
})

t.test('process.exit right after the start of a fit', async (t) => {
  const end = await runModule(`${endless}
    start()
    process.exit(3)
  `)
  t.match(end, { code: 3, signal: null, stderr: '' })
})

t.test('process.exit while a fit draws the initial weights of a large network', async (t) => {
  const end = await runModule(`
    import { PsilonNet } from 'psilon'
    new PsilonNet({ inputs: 2, hidden: 5000, depth: 2 }).fit({ x: [[0, 1]], y: [1] }, { epochs: 1 }).catch(console.error)
    setTimeout(() => process.exit(5), 200)
  `)
  t.match(end, { code: 5, signal: null, stderr: '' })
})

t.test('a fit can be cancelled while it draws the initial weights of a large network', async (t) => {
  const end = await runModule(`
    import { PsilonNet } from 'psilon'
    const run = new PsilonNet({ inputs: 2, hidden: 5000, depth: 2 }).fit({ x: [[0, 1]], y: [1] }, { epochs: 1 })
    setTimeout(() => run.cancel(), 200)
    const { stopped, epoch, epochs } = await run
    console.log(stopped, epoch, epochs.length)
  `)
  t.match(end, { code: 0, signal: null, stdout: 'cancelled 0 0\n', stderr: '' })
})

t.test('a process ends by itself when its fits have ended', async (t) => {
  const end = await runModule(`${endless}
    start({ epochs: 5 }).then(({ epochs }) => console.log(epochs.length))
  `)
  t.match(end, { code: 0, signal: null, stdout: '5\n', stderr: '' })
})

t.test('a fit that nobody waits for keeps the process until it ends', async (t) => {
  const end = await runModule(`${endless}
    start({ epochs: 5 })
    process.on('exit', () => console.log(net.loss))
  `)
  t.match(end, { code: 0, signal: null, stdout: 'mse\n', stderr: '' })
})

t.test('a cancelled fit lets the process end', async (t) => {
  const end = await runModule(`${endless}
    const run = start()
    await firstEpoch(run)
    run.cancel()
    console.log((await run).stopped)
  `)
  t.match(end, { code: 0, signal: null, stdout: 'cancelled\n', stderr: '' })
})

t.test('a failed fit that nobody awaits ends the process as an unhandled rejection', async (t) => {
  const end = await runModule(`${endless}
    net.fit({ x, y: y.slice(1) })
    setInterval(() => {}, 1e6)
  `)
  t.match(end, { code: 1, signal: null, stdout: '', stderr: /PsilonError: \[fit\] y has 199 rows, x has 200/ })
})

t.test('an exception in mid-fit ends the process with its own message', async (t) => {
  const end = await runModule(`${endless}
    await firstEpoch(start())
    throw new Error('of the user')
  `)
  t.match(end, { code: 1, signal: null, stderr: /Error: of the user/ })
})

t.test('Ctrl-C ends a fit through its signal', { skip: process.platform === 'win32' }, async (t) => {
  const code = `${endless}
    const controller = new AbortController()
    process.once('SIGINT', () => controller.abort(new Error('Ctrl-C')))
    const run = start({ signal: controller.signal })
    await firstEpoch(run)
    console.log('training')
    try { await run } catch (error) {
      console.log(error.code, error.cause.message, error.details.history.stopped)
      process.exitCode = 130
    }
  `
  const end = await runModule(code, { signal: 'SIGINT' })
  t.match(end, { code: 130, signal: null, stdout: 'training\nERR_CANCELLED Ctrl-C cancelled\n', stderr: '' })
})

t.test('without a handler Ctrl-C ends the process at once', { skip: process.platform === 'win32' }, async (t) => {
  const code = `${endless}
    const run = start()
    await firstEpoch(run)
    console.log('training')
    await run
  `
  const end = await runModule(code, { signal: 'SIGINT' })
  t.match(end, { code: null, signal: 'SIGINT', stdout: 'training\n' })
})
