import t from 'tap'
import { runModule } from '../support/child.js'

/** ONNX files of a few megabytes that would take hundreds of times as much memory if they were built. */
const importAll = `
  import { importNetwork } from 'psilon'

  const bytes = 2 ** 23
  const length = (count) => count < 128 ? [count] : [(count & 127) | 128, ...length(count >>> 7)]
  const field = (number, content) => Buffer.concat([Buffer.from([...length((number << 3) | 2), ...length(content.length)]), content])
  const filled = (part) => Buffer.alloc(bytes, part)
  const start = Buffer.from([8, 8])
  const version = field(8, Buffer.from([16, 17]))
  const graph = (content) => Buffer.concat([start, field(7, content), version])
  const tensor = (content) => graph(field(5, content))
  const node = (content) => graph(field(1, content))
  const nested = () => {
    let inner = Buffer.alloc(0)
    for (let k = 0; k < 2000; k++) inner = field(6, field(1, field(5, inner)))
    return inner
  }
  const kinds = {
    nodes: () => graph(filled(field(1, Buffer.alloc(0)))),
    tensors: () => graph(filled(field(5, Buffer.alloc(0)))),
    inputs: () => node(filled(field(1, Buffer.alloc(0)))),
    attributes: () => node(filled(field(5, Buffer.alloc(0)))),
    dims: () => tensor(filled(Buffer.from([8, 1]))),
    integers: () => tensor(field(7, filled(Buffer.from([1])))),
    texts: () => tensor(filled(field(6, Buffer.alloc(0)))),
    long: () => node(field(1, Buffer.alloc(2 ** 28, 'x'))),
    functions: () => Buffer.concat([start, filled(field(25, Buffer.alloc(0)))]),
    nested: () => node(field(5, nested())),
    groups: () => Buffer.concat([start, Buffer.alloc(bytes, 0x9b)]),
  }
  for (const [kind, make] of Object.entries(kinds)) {
    console.log(kind, await importNetwork(make()).catch(({ code }) => code))
  }`

t.test('ONNX files that would take much memory are refused with little', async (t) => {
  const { code, stdout, stderr } = await runModule(importAll, { flags: ['--max-old-space-size=300'] })
  const malformed = ['nested', 'groups']
  const kinds = ['nodes', 'tensors', 'inputs', 'attributes', 'dims', 'integers', 'texts', 'long', 'functions']
  t.strictSame(stdout.trim().split('\n'), [
    ...kinds.map((kind) => `${kind} ERR_MEMORY`),
    ...malformed.map((kind) => `${kind} ERR_MODEL_FILE`),
  ])
  t.strictSame([code, stderr], [0, ''])
})
