import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { packageRoot } from './child.js'

export const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8')

/** The first example, and what it prints. */
export const [, example = '', printed = ''] = /```js\n([\s\S]*?)```\s*```\n([\s\S]*?)```/.exec(readme) ?? []

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

/** That a run of the example printed what the README says. */
export function printsWhatItSays(t: Pick<Test, 'ok' | 'equal'>, stdout: string): void {
  const [expected, actual] = [tokens(printed), tokens(stdout)]
  t.ok(expected.length > 30)
  t.equal(actual.length, expected.length)
  for (const [i, token] of expected.entries()) t.ok(same(actual[i], token), `${actual[i]} for ${token}`)
}
