import t, { type Test } from 'tap'
import type { ChildEnd } from '../support/child.js'
import { psilon } from './run.js'

/** What a terminal obeys: a title, a clean screen, a link; in one byte too; and a mark that turns the direction of text. */
const hostile = '\u001b]0;owned\u0007\u001b[2J\u009b2J\u202ecol'
const shown = '\\u001b]0;owned\\u0007\\u001b[2J\\u009b2J\\u202ecol'

const rows = Array.from({ length: 40 }, (_, i) =>
  [Math.sin(i), i % 2 === 0 ? hostile : 'plain', Math.sin(3 * i)].join(','),
)
const table = [`"${hostile}",level,y`, ...rows].join('\n')
const classes = [`x,"${hostile}"`, ...rows.map((_, i) => `${Math.sin(i)},${i % 3 === 0 ? hostile : 'plain'}`)].join(
  '\n',
)
const small = ['--preset', 'paper', '--hidden', '4', '--epochs', '3', '--threads', '1']

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/

function clean(t: Test, { stdout, stderr }: ChildEnd, name: string): void {
  t.notMatch(stdout, obeyed, `${name}: stdout`)
  t.notMatch(stderr, obeyed, `${name}: stderr`)
}

t.test('names in tables and files reach no terminal as they are', async (t) => {
  const name = `${hostile.replaceAll('/', '')}.csv`
  const cwd = t.testdir({ 't.csv': table, 'c.csv': classes, 'gap.csv': `${table}\n,,1`, [name]: table })
  const train = ['train', 't.csv', '--target', 'y', ...small, '--out', 'm.safetensors']
  const commands: [args: string[], said: 'stdout' | 'stderr' | null][] = [
    [train, null],
    [['train', 'c.csv', '--target', hostile, ...small, '--out', 'c.safetensors'], 'stdout'],
    [['train', 't.csv', '--target', 'y', '--ignore', hostile, ...small], 'stdout'],
    [['train', name, '--target', 'y', ...small], 'stdout'],
    [['train', 't.csv', '--target', `${hostile}z`], 'stderr'],
    [['train', 't.csv', '--target', 'y', '--out', `${hostile}/m`], 'stderr'],
    [['train', 't.csv', '--target', 'y', `--${hostile}`], 'stderr'],
    [['inspect', 'm.safetensors'], 'stdout'],
    [['inspect', 'c.safetensors'], 'stdout'],
    [['inspect', 'm.safetensors', '--json'], 'stdout'],
    [['inspect', hostile], 'stderr'],
    [['evaluate', 'c.safetensors', 'c.csv'], 'stdout'],
    [['evaluate', 'm.safetensors', 'gap.csv'], 'stderr'],
    [['prune', 'm.safetensors', '--sparsity', '0.1', '--out', `${hostile.replaceAll('/', '')}`], 'stdout'],
    [['report', 'm.safetensors', '--out', `${hostile.replaceAll('/', '')}.html`], 'stdout'],
  ]
  for (const [args, said] of commands) {
    const end = await psilon(args, { cwd })
    clean(t, end, args.join(' '))
    if (said !== null) t.ok(end[said].includes(shown), `${args.join(' ')}: ${end[said]}`)
  }
})

t.test('what predict writes for programs is what the table said', async (t) => {
  const cwd = t.testdir({ 'c.csv': classes })
  await psilon(['train', 'c.csv', '--target', hostile, ...small, '--out', 'c.safetensors', '--no-report'], { cwd })
  const predicted = await psilon(['predict', 'c.safetensors', 'c.csv'], { cwd })
  t.equal(predicted.stdout.split('\n')[0].split(',')[0], hostile)
  const json = await psilon(['predict', 'c.safetensors', 'c.csv', '--json'], { cwd })
  clean(t, json, 'predict --json')
  t.equal(JSON.parse(json.stdout).target, hostile)
})

t.test('a long name is cut', async (t) => {
  const long = 'n'.repeat(5000)
  const cwd = t.testdir({ 't.csv': table.replace(`"${hostile}"`, long) })
  const train = await psilon(['train', 't.csv', '--target', 'y', ...small, '--out', 'm.safetensors', '--no-report'], {
    cwd,
  })
  const inspect = await psilon(['inspect', 'm.safetensors'], { cwd })
  for (const { stdout } of [train, inspect]) {
    t.ok(stdout.split('\n').every((line) => line.length < 200))
  }
  t.match(inspect.stdout, `\n${'n'.repeat(57)}... `)
})
