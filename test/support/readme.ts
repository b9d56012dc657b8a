import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { packageRoot } from './child.js'

export const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8')

/** The first example, and what it prints. */
export const [, example = '', printed = ''] = /```js\n([\s\S]*?)```\s*```\n([\s\S]*?)```/.exec(readme) ?? []

export interface Step {
  /** One command of a shell. */
  command: string
  printed: string
}

/** The commands behind `$ ` in the blocks of a section, each with what it prints. */
export function stepsIn(page: string, section: string): Step[] {
  const [text = ''] = (page.split(`\n## ${section}\n`)[1] ?? '').split('\n## ')
  const blocks = Array.from(text.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm), ([, language, block = '']) =>
    language === '' ? block : '',
  )
  return blocks.flatMap((block) =>
    Array.from(block.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm), ([, command = '', printed = '']) => ({
      command,
      printed,
    })),
  )
}

/** What a command printed, without progress and times. */
function lasting(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => !/^ *\d+% {2}|^ \.\.\.$| s on cpu |^$/.test(line))
}

/**
 * That a command printed what a page says: the same lines of the same words, with numbers close by. Of a line of CSV only
 * the number of cells counts.
 */
export function printsWhatThePageSays(t: Pick<Test, 'ok' | 'equal'>, stdout: string, { command, printed }: Step): void {
  const [expected, actual] = [lasting(printed), lasting(stdout)]
  t.equal(actual.length, expected.length, command)
  for (const [i, line] of expected.entries()) {
    const other = actual[i] ?? ''
    if (/^[\d.,-]+$/.test(line)) t.equal(other.split(',').length, line.split(',').length, `${other} for ${line}`)
    else t.ok(sameTokens(tokens(other), tokens(line)), `${other} for ${line}`)
  }
}

const sameTokens = (a: string[], b: string[]) => a.length === b.length && a.every((token, i) => same(token, b[i], 0.2))

/** Words and numbers of what a program printed. */
function tokens(text: string): string[] {
  return text.match(/-?\d+(\.\d+)?|[^\s\d.]+/g) ?? []
}

/** The last digits of a training are a matter of the processor's instruction set, and so are a unit or two of a layer. */
function same(a: string | undefined, b: string | undefined, share = 0.1): boolean {
  const [x, y] = [Number(a), Number(b)]
  const units = Number.isInteger(x) && Number.isInteger(y) && Math.min(x, y) > 2 ? 2 : 0
  return a === b || Math.abs(x - y) <= Math.max(units, share * Math.max(Math.abs(x), Math.abs(y)))
}

/** That a run of the example printed what the README says. */
export function printsWhatItSays(t: Pick<Test, 'ok' | 'equal'>, stdout: string): void {
  const [expected, actual] = [tokens(printed), tokens(stdout)]
  t.ok(expected.length > 30)
  t.equal(actual.length, expected.length)
  for (const [i, token] of expected.entries()) t.ok(same(actual[i], token), `${actual[i]} for ${token}`)
}
