import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { someImages } from './support/images.js'
import { reproduce, reproduceJson } from './support/run.js'

const small = ['--train-images', '60', '--validation-images', '30', '--hidden', '12', '--depth', '3', '--epochs', '4']
const deep = ['deep', '--data', 'data', ...small]
const names = ['PSiLON', 'L1-IB', 'L2-IB', 'L1-OB', 'L2-OB', 'Standard', 'PGD-PSiLON']

t.test('the quick run trains each variant once and shows what bounds it', async (t) => {
  const cwd = t.testdir({ data: someImages() })
  const { code, stdout, stderr } = await reproduce([...deep, '--quick', '--out', 'run'], { cwd })
  t.equal(code, 0, stderr)
  t.match(stdout, /^images {5}60 train, 30 validate, 40 test, of data\n/)
  for (const name of names) t.match(stdout, new RegExp(`^  ${name} .* \\d+\\.\\d %`, 'm'))

  const { variants, cells } = JSON.parse(readFileSync(join(cwd, 'run', 'results.json'), 'utf8'))
  t.equal(cells.length, 7)
  t.strictSame(
    variants.map(({ lambdas }) => lambdas[0]),
    [2.5e-4, 2.5e-4, 2.5e-4, 1e-4, 1e-4, 2.5e-2, 2.5e-4],
  )
  for (const { model, pathNorm, testAccuracy, diverged } of variants) {
    t.equal(diverged, 0)
    t.ok(testAccuracy.mean >= 0 && testAccuracy.mean <= 1)
    const { original, improved, tight } = pathNorm
    t.ok(tight.mean <= improved.mean && tight.mean <= original.mean, `${model}: ${JSON.stringify(pathNorm)}`)
  }
  const settings = cells.map(({ setting }) => [setting.normalization, setting.sharedLength, setting.projection])
  t.strictSame(settings[0], ['l1', true, 'none'])
  t.strictSame(settings[6], ['l1', true, 'every-step'])

  const again = await reproduceJson([...deep, '--quick', '--out', 'run'], { cwd })
  t.strictSame(again.cells, cells, 'nothing was computed again')
})

t.test('validation chooses among the lambdas, for each seed', async (t) => {
  const cwd = t.testdir({ data: someImages() })
  const args = [...deep, '--variants', 'standard,psilon', '--seeds', '2', '--out', 'run']
  const { variants, cells } = await reproduceJson(args, { cwd })
  t.strictSame(
    variants.map(({ model }) => model),
    ['psilon', 'standard'],
  )
  t.equal(cells.length, 2 * 7 * 2)
  for (const { model, lambdas, validationCrossEntropy, testCrossEntropy } of variants) {
    const chosen = [1, 2].map((seed) => {
      const own = cells.filter((cell) => cell.model === model && cell.seed === seed)
      return own.reduce((a, b) => (b.result.scores.validation < a.result.scores.validation ? b : a))
    })
    t.strictSame(
      lambdas,
      chosen.map(({ setting }) => setting.lambda),
    )
    const mean = (part: string) => (chosen[0].result.scores[part] + chosen[1].result.scores[part]) / 2
    t.ok(Math.abs(validationCrossEntropy.mean - mean('validation')) < 1e-12)
    t.ok(Math.abs(testCrossEntropy.mean - mean('test')) < 1e-12)
  }
})

t.test('what cannot be done is refused before anything is computed', async (t) => {
  const cwd = t.testdir({ data: someImages() })
  const refused = async (args: string[], code: number, stderr: RegExp) => {
    t.match(await reproduce(args, { cwd }), { code, stderr })
    t.notOk(readdirSync(cwd).includes('runs'))
  }
  await refused(
    [...deep, '--variants', 'l1-bi'],
    2,
    /--variants has no variant "l1-bi"; did you mean "l1-ib"\?; there are/,
  )
  await refused([...deep, '--train-images', '90'], 2, /90 training and 30 validation images are wanted, data has 100/)
  await refused(['deep', '--data', 'nowhere'], 1, /Fashion-MNIST is not in nowhere: .* name their folder with --data/)
})
