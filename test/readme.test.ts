import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot, runModule } from './support/child.js'

const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8')

/** Words and numbers of what a program printed. */
function tokens(text: string): string[] {
  return text.match(/-?\d+(\.\d+)?|[^\s\d.]+/g) ?? []
}

/** The last digits of a training are a matter of the processor's instruction set, and so are a unit or two of a layer. */
function same(a: string | undefined, b: string | undefined): boolean {
  const [x, y] = [Number(a), Number(b)]
  const units = Number.isInteger(x) && Number.isInteger(y) && Math.min(x, y) > 2 ? 2 : 0
  return a === b || Math.abs(x - y) <= Math.max(units, 0.1 * Math.max(Math.abs(x), Math.abs(y)))
}

t.test('the example prints what it says', async (t) => {
  const [, code = '', printed = ''] = /```js\n([\s\S]*?)```\s*```\n([\s\S]*?)```/.exec(readme) ?? []
  const file = join(t.testdir({}), 'tumours.safetensors')
  const { code: status, stdout, stderr } = await runModule(code.replace("'tumours.safetensors'", JSON.stringify(file)))
  t.equal(status, 0, stderr)
  const [expected, actual] = [tokens(printed), tokens(stdout)]
  t.ok(expected.length > 30)
  t.equal(actual.length, expected.length)
  for (const [i, token] of expected.entries()) t.ok(same(actual[i], token), `${actual[i]} for ${token}`)
})
