import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readTable } from 'psilon'
import t from 'tap'
import { atRandom } from '#psilon/cli/train/parts.js'
import { psilon, psilonJson } from './run.js'

const cwd = t.testdir()
const at = (name: string) => join(cwd, name)
const quick = ['--preset', 'paper', '--hidden', '4', '--depth', '1', '--epochs', '3', '--no-report']

const rows = Array.from({ length: 40 }, (_, i) => [i % 7, i % 5, Math.cos(i), i % 2 === 0 ? 'yes' : 'no'])
const csv = (head: string[], delimiter = ',') => [head, ...rows].map((cells) => cells.join(delimiter)).join('\n')
const plain = csv(['a', 'b', 'y', 'answer'])
writeFileSync(at('plain.csv'), plain)

t.test('- is standard input, for every command that reads a table', async (t) => {
  const trained = await psilonJson(['train', '-', '--target', 'answer', '--out', 'a.safetensors', ...quick], {
    cwd,
    input: plain,
  })
  const named = await psilonJson(['train', 'plain.csv', '--target', 'answer', '--out', 'b.safetensors', ...quick], {
    cwd,
  })
  t.strictSame(trained.scores, named.scores)
  for (const args of [['predict'], ['evaluate'], ['certify', '--bound', 'tight']]) {
    const [command, ...more] = args as [string, ...string[]]
    const piped = await psilon([command, 'a.safetensors', '-', ...more], { cwd, input: plain })
    const read = await psilon([command, 'a.safetensors', 'plain.csv', ...more], { cwd })
    t.equal(piped.stdout.replace('standard input', 'plain.csv'), read.stdout, command)
    t.strictSame([piped.code, piped.stderr], [0, ''], command)
  }
  const { code, stderr } = await psilon(['predict', 'a.safetensors', '-'], { cwd })
  t.strictSame([code, stderr], [1, 'psilon: [predict] standard input is empty, expected a header row\n'])
  const ragged = await psilon(['predict', 'a.safetensors', '-'], { cwd, input: 'a,b\n1\n' })
  t.equal(ragged.stderr, 'psilon: [predict] line 2 of standard input has 1 cells, the header has 2\n')
})

t.test('a name may hold a comma', async (t) => {
  writeFileSync(at('commas.csv'), csv(['"a,b"', 'b', 'y', 'c d']))
  const left = async (...flags: string[]) => {
    const { table } = await psilonJson(['train', 'commas.csv', '--target', 'y', ...quick, ...flags], { cwd })
    return table.ignored
  }
  t.strictSame(await left('--ignore', 'a,b'), ['a,b'])
  t.strictSame(await left('--ignore', '"a,b"'), ['a,b'])
  t.strictSame(await left('--ignore', '"a,b",c d'), ['a,b', 'c d'])
  t.strictSame(await left('--ignore', 'a,b', '--ignore', 'c d'), ['a,b', 'c d'])
  const { stderr } = await psilon(['train', 'commas.csv', '--target', 'y', '--ignore', 'a,c', ...quick], { cwd })
  t.match(stderr, /^psilon: \[\w+\] --ignore "a" is not a column of the table/)
})

t.test('doubtful columns are told together, with the flags that settle them', async (t) => {
  const odd = rows.map(([a, b, y], i) => [`${a},5`, i % 4 === 0 ? '-' : b, String(y).replace('.', ',')])
  writeFileSync(at('odd.csv'), [['a', 'b', 'y'], ...odd].map((cells) => cells.join(';')).join('\n'))
  const train = (...flags: string[]) => psilon(['train', 'odd.csv', '--target', 'y', ...quick, ...flags], { cwd })
  const first = await train('--task', 'regression')
  t.equal(first.code, 1)
  t.match(
    first.stderr,
    'column "a" has numbers with decimal commas: "0,5" (line 2 of odd.csv); read the table with --decimal ,;',
  )
  t.match(first.stderr, /column "b" has 10 of 40 cells that are not numbers: "-" \(line 2 of odd.csv\)/)
  t.match(
    first.stderr,
    "if they mean a missing value, read the table with --missing 'NA,N/A,NaN,null,?,-'; if it holds categories, say ",
  )
  t.match(first.stderr, "say --categorical 'b'; or leave it out with --ignore 'b'")
  const { code, stderr } = await train('--decimal', ',', '--missing', '-', '--out', 'odd.safetensors', '--json')
  t.strictSame([code, stderr], [0, ''])
  const { stdout } = await psilon(['predict', 'odd.safetensors', 'odd.csv'], { cwd })
  t.equal(stdout.trim().split('\n').length, 41, 'the model remembers how its table was read')
  const points = readFileSync(at('odd.csv'), 'utf8').replaceAll(',', '.').replaceAll(';', ',')
  writeFileSync(at('points.csv'), points)
  t.equal((await psilon(['predict', 'odd.safetensors', 'points.csv', '--decimal', '.'], { cwd })).stdout, stdout)
})

t.test('the first column of pandas is left out, which train says', async (t) => {
  writeFileSync(at('pandas.csv'), [',a,y', ...rows.map(([a, , y], i) => [i, a, y].join(','))].join('\n'))
  const { stdout } = await psilon(['train', 'pandas.csv', '--target', 'y', ...quick], { cwd })
  t.match(stdout, /the first column has no name and is left out as an index of the rows/)
})

t.test('every part that train draws can be trained on and scored', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'psilon-'))
  const tables = {
    rare: ['x,y', ...Array.from({ length: 30 }, (_, i) => `${i},${i === 3 ? 'rare' : i % 2 === 0 ? 'p' : 'q'}`)],
    once: ['x,y', ...Array.from({ length: 12 }, (_, i) => `${i === 3 ? 1 : 0},${i}.5`)],
    flat: ['x,y', ...Array.from({ length: 12 }, (_, i) => `${i},${i === 3 ? 1.5 : 0.5}`)],
    near: ['x,y', ...Array.from({ length: 12 }, (_, i) => `${i},${[1.5, 1.6][i - 3] ?? 0.5}`)],
    level: ['x,y', ...Array.from({ length: 12 }, (_, i) => `${i === 3 ? 'a' : 'b'},${i}.5`)],
  }
  for (const [name, lines] of Object.entries(tables)) {
    writeFileSync(join(folder, `${name}.csv`), lines.join('\n'))
    const path = join(folder, `${name}.csv`)
    const task = ['rare', 'flat'].includes(name) ? 'classification' : 'regression'
    const table = await readTable(path)
    for (let seed = 0; seed < 50; seed++) {
      const { train } = atRandom(table, 0.2, seed, { target: 'y', task })
      const values = (column: string) => new Set(train.columns[train.names.indexOf(column)])
      t.ok(values('x').size > 1 && values('y').size > 1, `${name}, seed ${seed}`)
    }
    const { code, stderr } = await psilon(['train', path, '--target', 'y', ...quick, '--quiet'])
    t.strictSame([code, stderr], [0, ''], name)
  }
})
