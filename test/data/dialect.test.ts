import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { dialectOf } from '#psilon/tables/dialect.js'
import { readTable } from '#psilon/tables/table.js'

const folder = t.testdir()

async function tableOf(text: string) {
  const path = join(folder, 'a.csv')
  writeFileSync(path, text)
  return await readTable(path)
}

const same: Record<string, string> = {
  'a header with commas between semicolons':
    'SKU (new, or blank);Name (100 letters, required);Price (EUR, net)\n1;chair;90.0\n2;table;80.5\n',
  'line ends in a quoted header': '"Price\n(EUR)"|"Size\n(m2)"|y\n1|2|3\n4|5|6\n',
  'a declared separator': 'sep=;\na,b;c,d;e\n1;2;3\n4;5;6\n',
  'a declared separator with the line ends of Windows': 'sep=\t\r\na,b\tc,d\te\r\n1\t2\t3\r\n4\t5\t6\r\n',
  'a quoted declaration': '"sep=;"\na;b;c\n1;2;3\n4;5;6\n',
  'decimal commas between semicolons': 'a;b;c\n1,5;2,5;3\n4,5;5;6\n',
  'semicolons in cells': 'a,b,c\n1;2,2;3,3\n4,5;6,6\n',
  'a header alone in the first lines': 'a\tb,c\td\n1\t2\t3\n4\t5\t6\n',
  'a ragged row far below': `a,b,c\n${'1,2,3\n'.repeat(100)}4,5,6\n`,
  bars: 'a|b|c\n1|2|3\n4|5|6\n',
}
for (const [name, text] of Object.entries(same)) {
  t.test(`the delimiter is that of whole records: ${name}`, async (t) => {
    const table = await tableOf(text)
    t.equal(table.names.length, 3, table.names.join(' / '))
    t.ok(table.rows >= 2)
  })
}

t.test('a head that is cut in a record says the same', (t) => {
  const text = '"a\n;b",c\n1,"2;3;4\n;;"\n5,6\n'
  for (let end = 14; end <= text.length; end++) t.equal(dialectOf(text.slice(0, end), false).delimiter, ',', `${end}`)
  t.end()
})

t.test('a header and a first row that are longer than what is looked at', async (t) => {
  const names = Array.from({ length: 9000 }, (_, j) => `gene_${j}`)
  for (const delimiter of [',', ';', '\t', '|']) {
    const table = await tableOf(`${names.join(delimiter)}\n${names.map((_, j) => j).join(delimiter)}\n`)
    t.equal(table.names.length, 9000)
  }
  t.strictSame((await tableOf(`id;text\n0;"lorem, ${'ipsum, '.repeat(20_000)}"\n1;"short"\n`)).names, ['id', 'text'])
})

t.test('one column has no delimiter', async (t) => {
  t.strictSame((await tableOf('text\nplain\nwords\n')).names, ['text'])
})

t.test('lines are counted behind a declared separator', async (t) => {
  t.equal((await tableOf('sep=;\na;b\n1;2\n')).where(0), 'line 3 of a.csv')
})

t.test('the index that pandas writes is left out, and said to be', async (t) => {
  const table = await tableOf(',a,b\n0,1,2\n1,3,4\n')
  t.strictSame(
    [table.names, table.columns],
    [
      ['a', 'b'],
      [
        [1, 3],
        [2, 4],
      ],
    ],
  )
  t.strictSame(table.notes, ['the first column has no name and is left out as an index of the rows'])
  t.strictSame((await tableOf('a,b,\n1,2,\n3,4,\n')).names, ['a', 'b'], 'lines that end with a delimiter')
  t.strictSame((await tableOf('a,b\n1,2\n')).notes, [])
  await t.rejects(tableOf('a,,c\n1,2,3\n'), { message: 'the header on line 1 of a.csv has no name for column 2' })
  await t.rejects(tableOf('a,b,\n1,2,3\n'), { message: 'the header on line 1 of a.csv has no name for column 3' })
})

t.test('blanks and missing values are told within quotes too', async (t) => {
  const { names, columns } = await tableOf('" a ","b"\n"   1"," NA "\n"   2","    "\n"   3"," x "\n')
  t.strictSame(names, ['a', 'b'])
  t.strictSame(columns, [
    [1, 2, 3],
    [null, null, 'x'],
  ])
})
