import t from 'tap'
import { runModule } from '../support/child.js'

/** A module that runs `work` in worker threads; `start(options)` there is a fit, `post` sends to the main thread. */
const withWorkers = (work: string) => `
  import { once } from 'node:events'
  import { Worker } from 'node:worker_threads'
  const source = \`
    import { parentPort } from 'node:worker_threads'
    import { PsilonNet } from '\${import.meta.resolve('psilon')}'
    const post = (message) => parentPort.postMessage(message)
    const x = Array.from({ length: 200 }, (_, i) => [Math.sin(i), Math.cos(3 * i)])
    const y = x.map(([a, b]) => a * b)
    const net = new PsilonNet({ inputs: 2, hidden: 64, seed: 1 })
    const start = (options) => net.fit({ x, y }, { epochs: 1_000_000_000, batchSize: 20, ...options })
    ${work}
  \`
  const newWorker = () => new Worker(new URL('data:text/javascript,' + encodeURIComponent(source)))
`

t.test('a fit in a worker thread gives the same bits as one in the main thread', async (t) => {
  const end = await runModule(`${withWorkers("await start({ epochs: 5 }); post(net.parameters['layers.1.v'].data)")}
    import { PsilonNet } from 'psilon'
    const worker = newWorker()
    const [data] = await once(worker, 'message')
    await once(worker, 'exit')
    const x = Array.from({ length: 200 }, (_, i) => [Math.sin(i), Math.cos(3 * i)])
    const net = new PsilonNet({ inputs: 2, hidden: 64, seed: 1 })
    await net.fit({ x, y: x.map(([a, b]) => a * b) }, { epochs: 5, batchSize: 20 })
    console.log(data.length, net.parameters['layers.1.v'].data.every((value, k) => value === data[k]))
  `)
  t.match(end, { code: 0, signal: null, stdout: '4096 true\n', stderr: '' })
})

t.test('a worker that is terminated in mid-fit leaves the process well', async (t) => {
  const end = await runModule(`${withWorkers('for await (const epoch of start()) post(epoch.epoch)')}
    for (let round = 0; round < 3; round++) {
      const worker = newWorker()
      await once(worker, 'message')
      console.log(await worker.terminate())
    }
  `)
  t.match(end, { code: 0, signal: null, stdout: '1\n1\n1\n', stderr: '' })
})

t.test('a worker may be terminated at any moment', async (t) => {
  const work = `
    post('on')
    for (;;) {
      const run = start({ epochs: 3 })
      for await (const _ of run) await net.predict(x)
    }
  `
  const end = await runModule(`${withWorkers(work)}
    for (let round = 0; round < 24; round++) {
      const worker = newWorker()
      await once(worker, 'message')
      await new Promise((wake) => setTimeout(wake, round))
      await worker.terminate()
    }
    console.log('well')
  `)
  t.match(end, { code: 0, signal: null, stdout: 'well\n', stderr: '' })
})

t.test('workers that are terminated while others train', async (t) => {
  const work = `
    const run = start()
    parentPort.once('message', () => run.cancel())
    post('on')
    await run
    post('done')
  `
  const end = await runModule(`${withWorkers(work)}
    const messages = (worker) => { const seen = []; worker.on('message', (text) => seen.push(text)); return seen }
    const workers = [newWorker(), newWorker(), newWorker()]
    const seen = workers.map(messages)
    const ends = workers.map((worker) => once(worker, 'exit'))
    await Promise.all(workers.map((worker) => once(worker, 'message')))
    await workers[1].terminate()
    for (const worker of workers) worker.postMessage('enough')
    await Promise.all(ends)
    console.log(seen[0].at(-1), seen[2].at(-1))
  `)
  t.match(end, { code: 0, signal: null, stdout: 'done done\n', stderr: '' })
})

t.test('process.exit in a worker in mid-fit ends that worker alone', async (t) => {
  const end = await runModule(`${withWorkers('for await (const _ of start()) process.exit(5)')}
    const [code] = await once(newWorker(), 'exit')
    console.log('worker', code)
  `)
  t.match(end, { code: 0, signal: null, stdout: 'worker 5\n', stderr: '' })
})

t.test('process.exit of the main thread while a worker trains', async (t) => {
  const end = await runModule(`${withWorkers('for await (const epoch of start()) post(epoch.epoch)')}
    await once(newWorker(), 'message')
    process.exit(9)
  `)
  t.match(end, { code: 9, signal: null, stderr: '' })
})
