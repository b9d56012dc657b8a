import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot, runModule } from '../support/child.js'
import { type Additions, buildWith } from '../support/copy-of-psilon.js'

/** The loss |f - y|, in the files that CONTRIBUTING.md names for a new loss. */
const mae: Additions = {
  'native/backend/losses.h': [
    ['Bce, Softmax };', 'Mae, '],
    ['    {"bce", Loss::Bce,', '    {"mae", Loss::Mae, Targets::Numbers, Link::None, false},\n'],
  ],
  'native/backend/loss_rows.h': [
    [
      'template <typename T>\nPSILON_HOST_AND_DEVICE double bce_row(',
      `template <typename T>
PSILON_HOST_AND_DEVICE double mae_row(const T* f, const T* y, Index outputs, T scale, T* df) {
  double total = 0;
  for (Index j = 0; j < outputs; j++) {
    const T error = f[j] - y[j];
    total += std::abs(static_cast<double>(error));
    if (df != nullptr) df[j] = scale / static_cast<T>(outputs) * (error < 0 ? T(-1) : T(1));
  }
  return total;
}

`,
    ],
    ['    case Loss::Bce:', '    case Loss::Mae:\n      return mae_row(f, y, outputs, scale, df);\n'],
  ],
  'lib/words.ts': [["  bce: { targets: 'prob", "  mae: { targets: 'numbers', link: 'none', squared: false },\n"]],
  'lib/estimators/standard-error.ts': [['  bce: (f, y) =>', '  mae: (f, y) => Math.abs(f[0] - y),\n']],
}

/** Trains with it as users would, and prints what there is to see. */
const program = `
import { PsilonNet, PsilonRegressor, load } from './dist/index.js'
import { writeFileSync } from 'node:fs'
const x = Array.from({ length: 40 }, (_, i) => [Math.sin(i), Math.cos(3 * i)])
const y = x.map(([a, b]) => a - 2 * b)
const net = new PsilonNet({ inputs: 2, hidden: 8, depth: 2, seed: 1 })
const { epochs } = await net.fit({ x, y }, { loss: 'mae', epochs: 200, batchSize: 40, lambda: 0, validation: { x, y } })
const { data } = await net.predict(x)
const error = y.reduce((sum, target, i) => sum + Math.abs(data[i] - target) / y.length, 0)
const table = { a: x.map(([a]) => a), b: x.map(([, b]) => b), y }
const model = new PsilonRegressor({ loss: 'mae', lambda: 'auto', lambdas: [1e-3, 1e-2], epochs: 30, hidden: 4 })
const { search } = await model.fit(table, { target: 'y' })
await model.save('mae.safetensors')
const { loss } = (await load('mae.safetensors')).network
const refused = await net.predictProba(x).catch(({ message }) => message)
console.log(JSON.stringify({ first: epochs[0].validationLoss, last: epochs.at(-1).validationLoss, error, search, loss, refused }))
`

t.test('a loss that is added as the guide says is trained, searched, saved and refused like any other', async (t) => {
  const guide = readFileSync(join(packageRoot, 'CONTRIBUTING.md'), 'utf8')
    .split('## Adding a loss')[1]
    .split('\n## ')[0]
  const [sources] = guide.split('The tests and documentation')
  const named = Array.from(sources.matchAll(/^\d\. \[[^\]]*\]\(([^)]*)\)/gm), ([, file]) => file)
  t.strictSame(named, Object.keys(mae), 'the guide names these files')
  const cwd = await buildWith('with-new-loss', mae)
  const { code, stdout, stderr } = await runModule(program, { cwd })
  t.equal(stderr, '')
  t.equal(code, 0)
  const { first, last, error, search, loss, refused } = JSON.parse(stdout)
  t.ok(last < first / 2, `the loss falls from ${first} to ${last}`)
  t.ok(Math.abs(error - last) < 1e-5, 'it is the mean of |f - y|')
  t.equal(search.length, 2)
  for (const { standardError } of search) t.ok(standardError > 0)
  t.equal(loss, 'mae')
  t.match(refused, 'the network was trained with the loss "mae", probabilities need "bce" or "softmax"')
})
