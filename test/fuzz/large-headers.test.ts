import t from 'tap'
import { runModule } from '../support/child.js'

/** Headers of nearly 16 MiB that would take many times as much memory if anything were built of them. */
const loadAll = `
  import { writeFileSync } from 'node:fs'
  import { load } from 'psilon'

  const path = process.env.HEADER_FILE
  const bytes = 2 ** 24 - 2000
  const filled = (item) => {
    const items = []
    for (let k = 0, length = 0; length < bytes; k++) length += items.push(item(k)) && items.at(-1).length + 1
    return items.slice(0, -1).join()
  }
  const config = JSON.stringify({ kind: 'mlp', inputs: 1, hidden: [1], outputs: 1, normalization: 'l1', sharedLength: [true], dtype: 'float32', pruned: false, seed: 0 })
  const within = (metadata) => JSON.stringify({ __metadata__: { format: 'psilon', version: '0', config, ...metadata } })
  const kinds = {
    objects: () => '{"a":[' + filled(() => '{}') + ']}',
    arrays: () => '{"a":[' + filled(() => '[]') + ']}',
    numbered: () => '{"a":[' + filled((k) => '{"' + k.toString(36) + '":0}') + ']}',
    keys: () => '{' + filled((k) => '"' + k.toString(36) + '":0') + '}',
    tensors: () => '{' + filled((k) => '"' + k.toString(36) + '":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}') + '}',
    nested: () => '{"a":' + '['.repeat(bytes),
    configs: () => within({ config: '[' + filled(() => '{}') + ']' }),
    columns: () => within({ preprocessing: '[' + filled(() => '[]') + ']' }),
    name: () => within({}).slice(0, -1) + ',"' + 'x'.repeat(bytes - 1000) + '":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
  }
  for (const [kind, make] of Object.entries(kinds)) {
    const header = Buffer.from(make())
    const size = Buffer.alloc(8)
    size.writeBigUInt64LE(BigInt(header.length))
    writeFileSync(path, Buffer.concat([size, header]))
    console.log(kind, header.length > 0.9 * bytes, await load(path).catch(({ code }) => code))
  }`

t.test('headers that would take much memory are refused with little', async (t) => {
  const env = { HEADER_FILE: `${t.testdir()}/large.safetensors` }
  const { code, stdout, stderr } = await runModule(loadAll, { env, flags: ['--max-old-space-size=300'] })
  const kinds = ['objects', 'arrays', 'numbered', 'keys', 'tensors', 'nested', 'configs', 'columns', 'name']
  t.strictSame(
    stdout.trim().split('\n'),
    kinds.map((kind) => `${kind} true ERR_MODEL_FILE`),
  )
  t.strictSame([code, stderr], [0, ''])
})
