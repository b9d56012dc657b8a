import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { readCsv as readOpened } from '#psilon/tables/csv.js'
import { readFile } from '#psilon/tables/file.js'
import { openSource } from '#psilon/tables/source.js'
import { refuses } from '../support/refusal.js'

const folder = t.testdir()

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const readCsv = async (path: string) => readOpened(await openSource(path))

async function read(content: string | Uint8Array, name = 'a.csv') {
  const { names, columns, lines } = await readCsv(write(name, content))
  return { names, columns, lines }
}

const plain = {
  names: ['a', 'b'],
  columns: [
    ['1', '3'],
    ['2', '4'],
  ],
  lines: [2, 3],
}

t.test('line ends, delimiters, quotes, blanks and a byte order mark change nothing', async (t) => {
  const forms = [
    'a,b\n1,2\n3,4\n',
    'a,b\n1,2\n3,4',
    'a,b\r\n1,2\r\n3,4\r\n',
    'a,b\r1,2\r3,4',
    'a,b\r\n1,2\n3,4\r\n\r\n\n',
    'a;b\n1;2\n3;4\n',
    'a\tb\n1\t2\n3\t4\n',
    '"a","b"\n"1","2"\n"3","4"\n',
    'a, "b"\n 1 ,2\n3 , "4"\n',
    '\uFEFFa,b\n1,2\n3,4\n',
  ]
  for (const form of forms) t.strictSame(await read(form), plain, JSON.stringify(form))
})

t.test('a gzip file is told by its bytes, not by its name', async (t) => {
  const bytes = gzipSync('a,b\n1,2\n3,4\n')
  t.strictSame(await read(bytes, 'a.csv.gz'), plain)
  t.strictSame(await read(bytes, 'zipped.csv'), plain)
})

t.test('quoted cells keep delimiters, quotes and line ends; rows are named by the line they begin on', async (t) => {
  const csv = await read('"a;1;2",b\r\n"x, y","say ""no"""\r\n\r\n"two\r\nlines",2\r\n3,4\r\n')
  t.strictSame(csv.names, ['a;1;2', 'b'])
  t.strictSame(csv.columns, [
    ['x, y', 'two\nlines', '3'],
    ['say "no"', '2', '4'],
  ])
  t.strictSame(csv.lines, [2, 4, 6])
})

t.test('empty cells stay, at the end of a line too', async (t) => {
  t.strictSame((await read('a\tb\tc\n\t\t\n1\t\t\n')).columns, [
    ['', '1'],
    ['', ''],
    ['', ''],
  ])
})

t.test('pieces of a large file are joined', async (t) => {
  const rows = Array.from({ length: 20000 }, (_, i) => `${i},"é\r\n${i}"`)
  const csv = await read(`n,text\r\n${rows.join('\r\n')}\r\n`)
  t.equal(csv.lines.length, 20000)
  t.equal(csv.lines[19999], 2 + 2 * 19999)
  t.ok(csv.columns[0].every((cell, i) => cell === String(i)))
  t.ok(csv.columns[1].every((cell, i) => cell === `é\n${i}`))
})

t.test('a line end cut in two by the reader is one line end', async (t) => {
  const header = 'a,b\r\n'
  const long = 'x'.repeat(65536 - header.length - ',2\r'.length)
  const csv = await read(`${header}${long},2\r\n3,4\r\n`)
  t.strictSame(csv.columns, [
    [long, '3'],
    ['2', '4'],
  ])
  t.strictSame(csv.lines, [2, 3])
})

t.test('a bundled table', async (t) => {
  const csv = await readCsv(join(import.meta.dirname, '../../data/wine.csv'))
  t.equal(csv.lines.length, 178)
  t.equal(csv.names.length, 14)
  const target = csv.columns[13]
  t.strictSame(
    ['0', '1', '2'].map((label) => target.filter((cell) => cell === label).length),
    [59, 71, 48],
  )
})

const truncated = gzipSync('a,b\n1,2\n'.repeat(100)).subarray(0, 30)
const corrupt = gzipSync(Uint8Array.from({ length: 300 }, (_, i) => 32 + ((i * i) % 90)))
corrupt[60] ^= 0xff
const utf16 = Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le')
const refusals: [code: string, message: string, content: string | Uint8Array, name?: string][] = [
  ['ERR_DATA', 'a.csv is empty, expected a header row', ''],
  ['ERR_DATA', 'a.csv is empty, expected a header row', '\n\r\n'],
  ['ERR_DATA', 'a.csv has a header, but no rows', 'a,b\n'],
  ['ERR_DATA', 'line 3 of a.csv has 3 cells, the header has 2', 'a,b\n1,2\n1,2,3\n'],
  ['ERR_DATA', 'line 4 of a.csv has 1 cells, the header has 2', 'a,b\n1,2\n\n1\n'],
  ['ERR_DATA', 'the header on line 1 of a.csv calls columns 1 and 3 both "a"', 'a,b,a\n1,2,3\n'],
  ['ERR_DATA', 'the header on line 2 of a.csv has no name for column 2', '\na,,c\n1,2,3\n'],
  ['ERR_DATA', 'a.csv opens a quote after line 2 and never closes it', 'a,b\n1,2\n3,"4\n5,6\n'],
  ['ERR_DATA', 'line 2 of a.csv has text after a closing quote', 'a,b\n"1"x,2\n'],
  ['ERR_DATA', 'line 2 of a.csv has a quote inside a cell that is not quoted', 'a,b\n5" pipe,2\n'],
  ['ERR_DATA', 'a.csv is not a text file in UTF-8, expected a CSV file', 'a,b\n1,\0\n'],
  [
    'ERR_DATA',
    'a.csv is not a text file in UTF-8, expected a CSV file',
    Uint8Array.of(97, 44, 98, 10, 0xe9, 44, 50, 10),
  ],
  ['ERR_DATA', 'a.csv is not a text file in UTF-8, expected a CSV file', Uint8Array.of(97, 44, 98, 10, 49, 44, 0xc3)],
  ['ERR_DATA', 'a.csv is not a text file in UTF-8, expected a CSV file', utf16],
  ['ERR_FILE', 'a.csv.gz is named .gz, but it is not a gzip file', 'a,b\n1,2\n', 'a.csv.gz'],
  ['ERR_FILE', 'a.csv.gz is named .gz, but it is not a gzip file', '', 'a.csv.gz'],
  ['ERR_FILE', 'a.csv.gz is not a whole gzip file: unexpected end of file', truncated, 'a.csv.gz'],
  ['ERR_DATA', 'a.csv.gz is empty, expected a header row', gzipSync(''), 'a.csv.gz'],
]
for (const [code, message, content, name] of refusals) {
  t.test(message, (t) => refuses(t, code, message, () => read(content, name)))
}

t.test('reading stops at the first bad row of a large file, and the next file can be read', async (t) => {
  const text = `a,b\n1,2,3\n${'1,2\n'.repeat(200000)}`
  for (const [name, content] of [
    ['a.csv', text],
    ['a.csv.gz', gzipSync(text)],
  ] as const) {
    await refuses(t, 'ERR_DATA', `line 2 of ${name} has 3 cells, the header has 2`, () => read(content, name))
    t.equal((await read('a,b\n1,2\n')).lines.length, 1)
  }
})

t.test('blank lines before the header do not hide its delimiter', async (t) => {
  t.strictSame((await read(' \n\na;b\n1;2\n')).names, ['a', 'b'])
})

t.test('a damaged gzip file', async (t) => {
  await t.rejects(read(corrupt, 'b.csv.gz'), {
    code: 'ERR_FILE',
    message: /^b\.csv\.gz is not a whole gzip file: /,
  })
})

t.test('paths that cannot be read', async (t) => {
  const none = join(folder, 'none.csv')
  await refuses(t, 'ERR_FILE', `cannot read ${none}: no such file`, () => readFile(none))
  const directory = join(folder, 'directory')
  mkdirSync(directory)
  const reason = 'it is a directory, expected a file'
  await refuses(t, 'ERR_FILE', `cannot read ${directory}: ${reason}`, () => readFile(directory))
  await t.rejects(readFile('a\0b.csv'), { code: 'ERR_FILE', message: /null byte/ })
})
