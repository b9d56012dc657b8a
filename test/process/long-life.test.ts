import t from 'tap'
import { runModule } from '../support/child.js'
import { held } from '../support/memory.js'

/** Makes, trains and uses networks, and drops them. */
const use = `
  const x = Array.from({ length: 100 }, (_, i) => [Math.sin(i), Math.cos(3 * i)])
  const y = x.map(([a, b]) => a * b)
  const use = async (seed) => {
    const network = new PsilonNet({ inputs: 2, hidden: 100, seed })
    await network.fit({ x, y }, { epochs: 2, batchSize: 50, threads: 1 + (seed % 2) })
    await network.predict(x)
    network.pathNorm()
  }`

const collect = `
  const collect = async () => {
    for (let k = 0; k < 5; k++) {
      gc()
      await new Promise(setImmediate)
    }
    return process.memoryUsage.rss()
  }`

/** Megabytes that a process may grow between its hundredth network and its 500th; a network has 0.3 of them, a fit 2. */
const few = 30

t.test('500 networks in one process leave its memory as it is', async (t) => {
  const { code, stdout } = await runModule(
    `import { PsilonNet } from 'psilon'
    ${use}
    ${collect}
    let early
    for (let k = 0; k < 500; k++) {
      await use(k)
      if (k % 20 === 0) await collect()
      if (k === 100) early = await collect()
    }
    console.log((await collect() - early) / 2 ** 20)`,
    { flags: ['--expose-gc'] },
  )
  t.equal(code, 0)
  t.ok(Number(stdout) < few, stdout)
})

t.test('500 networks in worker threads, too', async (t) => {
  const { code, stdout } = await runModule(
    `import { once } from 'node:events'
    import { Worker } from 'node:worker_threads'
    ${collect}
    const source = \`
      import { PsilonNet } from '\${import.meta.resolve('psilon')}'
      ${use}
      for (let k = 0; k < 25; k++) await use(k)\`
    let early
    for (let k = 0; k < 20; k++) {
      const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(source)))
      await once(worker, 'exit')
      if (k === 4) early = await collect()
    }
    console.log((await collect() - early) / 2 ** 20)`,
    { flags: ['--expose-gc'] },
  )
  t.equal(code, 0)
  t.ok(Number(stdout) < few, stdout)
})

t.test('the core frees what nobody holds', async (t) => {
  const { PsilonNet } = await import('psilon')
  const x = Array.from({ length: 50 }, (_, i) => [Math.sin(i), Math.cos(3 * i)])
  const y = x.map(([a, b]) => (a as number) * (b as number))
  const after = async (networks: number) => {
    for (let seed = 0; seed < networks; seed++) {
      const network = new PsilonNet({ inputs: 2, hidden: 60, seed })
      await network.fit({ x, y }, { epochs: 2, batchSize: 50 })
    }
    return await held()
  }
  t.equal(await after(10), await after(100), 'the last one may be held')
})
