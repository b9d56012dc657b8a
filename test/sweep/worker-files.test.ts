import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { temporaryFolder } from '#psilon/io/temporary-folder.js'
import { planSweep } from '#psilon/sweep/plan.js'
import type { Link } from '#psilon/sweep/redis/connection.js'
import { DataCache, pack } from '#psilon/sweep/redis/data.js'
import { runModule } from '../support/child.js'
import { small, values } from './tables.js'

t.test('the folder of a killed process is removed by the next one, that of a running one stays', async (t) => {
  const [own, killed] = [await temporaryFolder('test'), await leftByKilled()]
  t.teardown(() => rmSync(own, { recursive: true }))
  const elsewhere = own.replace(/psilon-test-[0-9a-f]{8}/, 'psilon-test-12345678')
  mkdirSync(elsewhere)
  t.teardown(() => rmSync(elsewhere, { recursive: true }))
  t.ok(existsSync(join(killed, 'file')))
  const next = await temporaryFolder('test')
  t.teardown(() => rmSync(next, { recursive: true }))
  t.ok(existsSync(own), 'this process runs')
  t.ok(existsSync(elsewhere), 'nobody here knows about another host')
  const isSeen = process.platform === 'linux' // elsewhere processes of another namespace cannot be told apart
  t.equal(existsSync(killed), !isSeen)
  if (!isSeen) rmSync(killed, { recursive: true })
})

async function leftByKilled(): Promise<string> {
  const { stdout } = await runModule(
    `import { writeFileSync } from 'node:fs'
     import { temporaryFolder } from '#psilon/io/temporary-folder.js'
     const folder = await temporaryFolder('test')
     writeFileSync(folder + '/file', 'half of it')
     process.stdout.write(folder, () => process.kill(process.pid, 'SIGKILL'))`,
  )
  return stdout
}

t.test('a cache of data keeps those that were used last', async (t) => {
  const folder = join(t.testdir(), 'cache')
  const packed = await Promise.all(
    [40, 41, 42].map(async (rows) => {
      const { data } = await planSweep({
        data: values(rows),
        target: 'y',
        base: small,
        grid: { lambda: [1] },
        folds: 2,
      })
      return await pack(data)
    }),
  )
  const stored = new Map(packed.map(({ address, bytes }) => [address, Buffer.from(bytes)]))
  const redis = { hget: async () => '1', hgetBuffer: async (key: string) => stored.get(key) ?? null }
  const [first = 0, , third = 0] = packed.map(({ bytes }) => bytes.length)
  const cache = (most?: number) => new DataCache({ redis } as unknown as Link, folder, (said) => t.fail(said), most)
  const get = (k: number, most?: number) => cache(most).get(packed[k]?.address as string, packed[k]?.address as string)
  const kept = () => [0, 1, 2].filter((k) => existsSync(join(folder, `${packed[k]?.address}.json.gz`)))
  for (const k of [0, 1]) await get(k)
  writeFileSync(join(folder, 'notes.txt'), 'of somebody else')
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), 1, 1)
  await get(0)
  t.strictSame(kept(), [0, 1])
  await get(2, first + third)
  t.strictSame(kept(), [0, 2], 'the second was not used for the longest time')
  await get(1, 1)
  t.strictSame(kept(), [1], 'what is in use stays, however large it is')
  t.ok(existsSync(join(folder, 'notes.txt')))
})
