import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { PsilonRegressor } from 'psilon'
import t from 'tap'
import { packageRoot } from '../support/child.js'
import { quick, someHouses } from '../support/houses.js'

const guide = readFileSync(join(packageRoot, 'docs', 'serving.md'), 'utf8')
const blocks = Array.from(guide.matchAll(/```js\n([\s\S]*?)```/g), ([, code]) => code as string)
const [server = '', pool = '', worker = ''] = blocks

const folder = t.testdir({})
const file = join(folder, 'houses.safetensors')
const [{ price: _, ...row }] = someHouses(1, 2) as [ReturnType<typeof someHouses>[0]]
const model = new PsilonRegressor({ ...quick, epochs: 5 })

t.before(async () => {
  await model.fit(someHouses(60), { target: 'price' })
  await model.save(file)
})

/** Runs code of the guide, and more, in a thread of its own; the code reads the model of this test. */
async function running(name: string, code: string): Promise<Worker> {
  const path = join(folder, name)
  await writeFile(path, code.replaceAll("'houses.safetensors'", JSON.stringify(file)))
  return new Worker(pathToFileURL(path))
}

t.test('there are a server, a pool and a worker', async (t) => t.equal(blocks.length, 3))

t.test('the server answers a row, rows, and what is no row', async (t) => {
  const tell = `import { parentPort } from 'node:worker_threads'
    await once(server, 'listening')
    parentPort.postMessage(server.address().port)`
  const code = `import { once } from 'node:events'\n${server.replace('listen(8080)', "listen(0, '127.0.0.1')")}${tell}`
  const thread = await running('server.mjs', code)
  t.teardown(() => thread.terminate())
  const [port] = await once(thread, 'message')
  const ask = async (body: string) => {
    const response = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body })
    return { status: response.status, ...((await response.json()) as object) }
  }
  const expected = (rows: object) => {
    const { lower, upper } = model.rangeSync(rows, { within: { area: 2 }, level: 'local' })
    const { values, unseen, missing } = model.predictSync(rows)
    return { status: 200, values: [...values], lower: [...lower], upper: [...upper], unseen, missing }
  }
  for (const rows of [row, [row, { ...row, town: 'Paris', age: null }]]) {
    t.strictSame(await ask(JSON.stringify(rows)), expected(rows))
  }
  const { area, ...rest } = row
  t.match(await ask(JSON.stringify(rest)), { status: 400, error: 'the table lacks the column "area"' })
  t.match(await ask(JSON.stringify({ ...row, area: 'big' })), { status: 400, error: 'column "area": got "big"' })
  for (const body of ['{', '"rows.csv"', '7', '[]', '']) t.match(await ask(body), { status: 400 }, body)
})

t.test('the workers predict', async (t) => {
  await writeFile(join(folder, 'worker.mjs'), worker)
  const ask = `
    import { parentPort } from 'node:worker_threads'
    import { once } from 'node:events'
    const [first] = workers
    const answerTo = async (message) => {
      first.postMessage(message)
      parentPort.postMessage((await once(first, 'message'))[0])
    }
    await answerTo({ id: 1, rows: ${JSON.stringify(row)} })
    await answerTo({ id: 2, rows: {} })
    for (const each of workers) await each.terminate()`
  const thread = await running('pool.mjs', pool + ask)
  const answers: unknown[] = []
  thread.on('message', (answer) => answers.push(answer))
  const [code] = await once(thread, 'exit')
  t.equal(code, 0)
  const nothing = 'the table has 1 row without a property of its own'
  t.match(answers, [
    { id: 1, prediction: model.predictSync(row) },
    { id: 2, error: { code: 'ERR_DATA', message: nothing } },
  ])
  t.equal(answers.length, 2)
})
