import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { readTable } from 'psilon'
import t from 'tap'
import { refuses } from '../support/refusal.js'

const folder = t.testdir()
const at = (name: string) => join(folder, name)
const columns = [
  [1, 3],
  [2, 4],
]
const first = gzipSync('a,b\n1,2\n')
const second = gzipSync('3,4\n')

/** With all fields that a header of gzip can have. */
function withFields(bytes: Buffer): Buffer {
  const header = Buffer.from(bytes.subarray(0, 10))
  header[3] = 2 | 4 | 8 | 16
  const fields = [Buffer.of(3, 0, 1, 2, 3), Buffer.from('name\0'), Buffer.from('a comment\0'), Buffer.of(0, 0)]
  return Buffer.concat([header, ...fields, bytes.subarray(10)])
}

const zipped: Record<string, Buffer[]> = {
  'two members': [first, second],
  'an empty member': [first, gzipSync(''), second],
  'zeros behind it': [gzipSync('a,b\n1,2\n3,4\n'), Buffer.alloc(5000)],
  'something behind it': [gzipSync('a,b\n1,2\n3,4\n'), Buffer.from('not gzip')],
  'all fields of a header': [withFields(first), withFields(second)],
}
for (const [name, parts] of Object.entries(zipped)) {
  t.test(`what gzip reads is read: ${name}`, async (t) => {
    writeFileSync(at('a.csv.gz'), Buffer.concat(parts))
    t.strictSame((await readTable(at('a.csv.gz'))).columns, columns)
  })
}

t.test('a large gzip file is read whole', async (t) => {
  const rows = Array.from({ length: 100_000 }, (_, i) => `${i},${Math.sin(i)}`)
  const half = rows.length / 2
  const parts = [`a,b\n${rows.slice(0, half).join('\n')}\n`, rows.slice(half).join('\n')]
  writeFileSync(at('large.csv.gz'), Buffer.concat(parts.map((part) => gzipSync(part))))
  const table = await readTable(at('large.csv.gz'))
  t.equal(table.rows, 100_000)
  t.ok(table.columns[1]?.every((cell, i) => cell === Math.sin(i)))
})

t.test('damage is found', async (t) => {
  const bytes = gzipSync('a,b\n1,2\n'.repeat(50))
  const changed = (at: number) => {
    const copy = Buffer.from(bytes)
    copy[at < 0 ? bytes.length + at : at] ^= 0x55
    return copy
  }
  const damaged: [reason: string, content: Buffer][] = [
    ['incorrect data check', changed(-6)],
    ['incorrect length check', changed(-2)],
    ['unknown compression method', changed(2)],
    ['unexpected end of file', bytes.subarray(0, -1)],
    ['unexpected end of file', bytes.subarray(0, -8)],
    ['unexpected end of file', bytes.subarray(0, 12)],
    ['unexpected end of file', Buffer.concat([first, second.subarray(0, 12)])],
  ]
  for (const [reason, content] of damaged) {
    writeFileSync(at('damaged.csv.gz'), content)
    const message = `[readTable] damaged.csv.gz is not a whole gzip file: ${reason}`
    await refuses(t, 'ERR_FILE', message, () => readTable(at('damaged.csv.gz')))
  }
})

t.test('a file that unpacks without end is refused', async (t) => {
  const piece = gzipSync(Buffer.alloc(2 ** 24, '\n'))
  writeFileSync(at('bomb.csv.gz'), Buffer.concat([first, ...Array(20).fill(piece)]))
  const message = '[readTable] bomb.csv.gz unpacks to more than 200 times its size, which no table does'
  await refuses(t, 'ERR_DATA', message, () => readTable(at('bomb.csv.gz')))
})

t.test('so is a row without end', async (t) => {
  for (const [name, text] of Object.entries({ cell: 'x', cells: ',', quoted: '"' })) {
    const path = at(`${name}.csv`)
    const file = createWriteStream(path)
    file.write('a,b\n1,2\n"3",')
    for (let k = 0; k < 72; k++) file.write(text.repeat(2 ** 20 - 1))
    await new Promise((ended) => file.end(ended))
    await refuses(t, 'ERR_DATA', `[readTable] ${name}.csv has a row of more than 67108864 characters`, () =>
      readTable(path),
    )
  }
})

t.test('a table that does not fit into the heap is refused with what there is', async (t) => {
  const row = `${'some text,'.repeat(40)}1\n`
  const header = `${Array.from({ length: 41 }, (_, j) => `c${j}`).join(',')}\n`
  writeFileSync(at('wide.csv'), header + row.repeat(60_000))
  const code = `import { readTable } from 'psilon'
    const error = await readTable(${JSON.stringify(at('wide.csv'))}).catch((error) => error)
    console.log(JSON.stringify([error.code, error.message, error.details]))`
  const options = ['--max-old-space-size=100', '--input-type=module', '--eval', code]
  const [errorCode, message, details] = JSON.parse(execFileSync(process.execPath, options, { encoding: 'utf8' }))
  t.equal(errorCode, 'ERR_MEMORY')
  t.match(message, /^\[readTable\] wide\.csv is read whole, and needs more than [\d.]+ MB, [\d.]+ MB is available$/)
  t.ok(details.needed > details.available)
})

t.test('a pipe is read as its writer writes', async (t) => {
  const pipe = at('pipe')
  execFileSync('mkfifo', [pipe])
  const read = readTable(pipe)
  const writer = spawn('sh', ['-c', `(printf 'a,b\\n1,2\\n'; printf '3,4\\n') > "$0"`, pipe])
  const closed = once(writer, 'close')
  t.strictSame((await read).columns, columns)
  await closed
  const zipped = readTable(pipe)
  spawn('sh', ['-c', `gzip -c > "$0"`, pipe]).stdin.end('a,b\n1,2\n3,4\n')
  t.strictSame((await zipped).columns, columns)
})

t.test('a pipe to which nobody writes does not hang', async (t) => {
  const pipe = at('silent')
  execFileSync('mkfifo', [pipe])
  const message = `[readTable] cannot read ${pipe}: nothing writes to this pipe`
  await refuses(t, 'ERR_FILE', message, () => readTable(pipe))
})
