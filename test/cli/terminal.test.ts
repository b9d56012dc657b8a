import { constants } from 'node:os'
import { join } from 'node:path'
import { load } from 'psilon'
import t from 'tap'
import { readRecord } from '#psilon/report/record.js'
import { bundled } from '../support/houses.js'
import { noTerminal, onTerminal, screen } from '../support/terminal.js'
import { cli } from './run.js'

const skip = noTerminal
const psilon = [process.execPath, cli]
const train = [
  ...psilon,
  'train',
  bundled('wine.csv'),
  '--target',
  'target',
  '--preset',
  'paper',
  '--hidden',
  '8',
  '--threads',
  '1',
]
const long = [...train, '--epochs', '1000000']

/** The lines from the first one that has `text`. */
const from = (lines: string[], text: string) => lines.slice(lines.findIndex((line) => line.includes(text)))

t.test('Ctrl-C leaves the bar on its line, what is said below it, and the cursor where it was', { skip }, async (t) => {
  const { printed, code } = await onTerminal(long, { when: 'path norm', keys: '\x03', columns: 100 })
  t.equal(code, 130, printed)
  const [bar, ...below] = from(screen(printed), 'path norm')
  t.match(bar, /^[=-]+ \d+% {2}[^^]* steps\/s$/)
  t.match(below, [
    'psilon: cancelling; press Ctrl-C again to end at once',
    /^psilon: \[train\] cancelled after epoch \d+; no model was saved, as --out was not given$/,
    '',
  ])
  t.notMatch(printed, '\x1b[?25l')
})

t.test('a terminal that is closed ends the run as Ctrl-C does, and the process as SIGHUP does', { skip }, async (t) => {
  const cwd = t.testdir()
  const run = [...long, '--out', 'm.safetensors']
  const { code } = await onTerminal(run, { when: 'path norm', keys: 'close', cwd })
  t.equal(code, -constants.signals.SIGHUP)
  t.match(await load(join(cwd, 'm.safetensors')), { target: 'target' })
  t.match(await readRecord(join(cwd, 'm.run.json')), { stopped: 'cancelled' })
})

t.test('a narrow terminal, and one that can do nothing', { skip }, async (t) => {
  const short = [...train, '--epochs', '300']
  const narrow = await onTerminal(short, { columns: 20 })
  t.equal(narrow.code, 0)
  t.match(from(screen(narrow.printed), '100%')[0], /^==== 100% {2}/)
  t.ok(from(screen(narrow.printed), '100%')[0].length <= 20)
  const dumb = await onTerminal(short, { env: { TERM: 'dumb', NO_COLOR: '1', CI: '1' } })
  t.equal(dumb.code, 0)
  t.notMatch(dumb.printed, '\x1b')
  t.match(dumb.printed, /\n 10% {2}.*\r\n 20% {2}/)
})

t.test('predictions on a terminal are printable', { skip }, async (t) => {
  const cwd = t.testdir({
    't.csv': ['x,y', ...Array.from({ length: 30 }, (_, i) => `${i},${i % 2 ? 'a' : '\x1b[2J'}`)].join('\n'),
  })
  const made = await onTerminal(
    [
      ...psilon,
      'train',
      't.csv',
      '--target',
      'y',
      '--preset',
      'paper',
      '--epochs',
      '2',
      '--hidden',
      '4',
      '--out',
      'm.safetensors',
      '--quiet',
    ],
    { cwd },
  )
  t.equal(made.code, 0, made.printed)
  const { printed } = await onTerminal([...psilon, 'predict', 'm.safetensors', 't.csv'], { cwd })
  t.notMatch(printed, '\x1b')
  t.match(printed, /^y,p\(\\u001b\[2J\),p\(a\)\r\n/)
})
