import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, type PsilonRegressor } from 'psilon'
import t from 'tap'
import { presets } from '#psilon/estimators/presets.js'
import { readRecord } from '#psilon/report/record.js'
import { csvOf, someHouses } from '../support/houses.js'
import { psilon, psilonJson } from './run.js'

const cwd = t.testdir()
const at = (name: string) => join(cwd, name)
const houses = someHouses(80)
writeFileSync(at('houses.csv'), csvOf(houses))
const short = ['--depth', '1', '--hidden', '6', '--epochs', '8', '--threads', '2', '--ensemble', '2']
const train = ['train', 'houses.csv', '--target', 'price', ...short]

const { stdout } = await psilon([...train, '--out', 'm.safetensors'], { cwd })
const model = (await load(at('m.safetensors'))) as PsilonRegressor
const record = await readRecord(at('m.run.json'))

t.test('it tells what is searched and how, and what was found', async (t) => {
  const { encodings, lambdas, selection } = presets.balanced
  const found = `the best of ${encodings.length} encodings, ${lambdas.length} lambdas`
  const { folds } = selection as { folds: number }
  t.match(
    stdout,
    new RegExp(
      `\\ntraining   8 epochs of \\d+ steps?, ${found} by ${folds} folds, an ensemble of 2 networks, pruned to 80.0 % zeros if that costs less than 1 %`,
    ),
  )
  t.match(stdout, /\nthe best of \d+ settings, which were tried with fewer epochs first:\n/)
  t.match(stdout, /\nencoding +lambda +zeros +RMSE, scaled units +standard error +path norm *\n/)
  const chosen = [...stdout.matchAll(/^(\S+) +\S+ .* (?:chosen|(\d) networks?)$/gm)]
  const networks = chosen.flatMap(([, encoding, count = '1']) => Array(Number(count)).fill(encoding))
  t.strictSame(networks.sort(), [...model.encodings].sort())
})

t.test('model, record and document say which preset and setting it was, and what was tried', async (t) => {
  t.equal(model.options.preset, 'balanced')
  const { encoding, hidden, lambda, search = [] } = record ?? {}
  t.strictSame({ encoding, hidden, lambda }, { encoding: model.encodings[0], hidden: 6, lambda: model.lambda })
  t.ok(search.length > presets.balanced.encodings.length * presets.balanced.lambdas.length)
  t.ok(search.every((each) => each.hidden === 6 && each.encoding !== undefined && each.epochs !== undefined))
  const again = await psilonJson([...train, '--preset', 'balanced'], { cwd })
  t.strictSame(again.options, model.options)
  t.strictSame({ encoding: again.encoding, hidden: again.hidden, lambda: again.lambda }, { encoding, hidden, lambda })
  t.strictSame(again.search, JSON.parse(JSON.stringify(search)))
})

t.test('the page has every setting that was tried, and marks those of the networks', async (t) => {
  const page = readFileSync(at('m.report.html'), 'utf8')
  t.match(page, /The diamond marks the chosen setting|Diamonds mark the settings of the networks/)
  for (const { encoding, lambda } of record?.search ?? []) {
    t.match(page, new RegExp(`<th scope="row">${encoding}</th>\\s*<td>${lambda}</td>`))
  }
  const parts = page.split('<h2>Settings tried')
  t.equal(parts.length, 2)
  for (const part of parts) {
    const chosen = [...part.matchAll(/>(?:chosen|(\d) networks?)</g)]
    const networks = chosen.map(([, count = '1']) => Number(count))
    t.equal(
      networks.reduce((sum, count) => sum + count, 0),
      model.members.length,
    )
  }
})

t.test('--preset paper trains without a search, fast with a small one', async (t) => {
  const paper = await psilonJson([...train, '--preset', 'paper'], { cwd })
  t.strictSame([paper.search, paper.options.preset, paper.encoding], [[], 'paper', 'standard'])
  const fast = await psilonJson([...train, '--preset', 'fast'], { cwd })
  const { encodings, lambdas } = presets.fast
  t.strictSame([fast.search.length, fast.options.preset], [encodings.length * lambdas.length, 'fast'])
  t.ok(encodings.includes(fast.encoding))
})

t.test('--folds and --fold-repeats divide the rows several times', async (t) => {
  const flags = [
    '--encoding',
    'standard',
    '--lambdas',
    '1e-3,1e-2',
    '--folds',
    '2',
    '--fold-repeats',
    '3',
    '--out',
    'r',
  ]
  const { stdout } = await psilon([...train, ...flags], { cwd })
  t.match(stdout, /, the best of 2 lambdas by 3 times 2 folds, /)
  t.match(((await load(at('r'))) as PsilonRegressor).options, { selection: { folds: 2, repeats: 3 } })
})

t.test('--train-rows: the validation rows choose, unless folds are asked for', async (t) => {
  const flags = ['--train-rows', '40', '--encoding', 'standard', '--lambdas', '1e-3,1e-2']
  const rows = await psilon([...train, ...flags], { cwd })
  t.match(rows.stdout, /, the best of 2 lambdas on the validation rows, /)
  const found = await psilonJson([...train, ...flags, '--ensemble', '1'], { cwd })
  const least = Math.min(...found.search.map(({ score }: { score: number }) => score))
  t.ok(Math.abs(least - found.scores.validation.scaledRmse) < 1e-5, 'and keep the network that won')
  const folds = await psilon([...train, ...flags, '--folds', '2'], { cwd })
  t.match(folds.stdout, /, the best of 2 lambdas by 2 folds, /)
})

t.test('a search that is interrupted says so', async (t) => {
  // steps that take longer than what is told of them
  const long = [...train, '--depth', '3', '--hidden', '200', '--epochs', '600', '--out', 'none.safetensors']
  const { code, stderr } = await psilon(long, { cwd, interruptAt: '10%' })
  t.equal(code, 130)
  t.match(stderr, 'psilon: [train] cancelled in the search; there is no model yet\n')
})
