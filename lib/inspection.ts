import { inspect } from 'node:util'
import { printable } from './errors/errors.js'
import { facts } from './print.js'

/** What console.log and util.inspect call to show an object. */
export const inspection: typeof inspect.custom = inspect.custom

/** The options of util.inspect that matter here. */
export interface Styling {
  stylize(text: string, style: 'special'): string
}

type Facts = readonly (readonly [name: string, text: string])[]

/**
 * What util.inspect shows instead of an object: its name and aligned lines, or the name alone if it is deeper than is asked
 * for. Nothing here may throw.
 *
 * @param describe its facts, those without a text left out, or lines.
 */
export function shown(name: string, depth: number, { stylize }: Styling, describe: () => Facts | string[]): object {
  const title = stylize(depth < 0 ? `[${name}]` : name, 'special')
  const text =
    depth < 0
      ? title
      : `${title} {\n${linesOf(describe)
          .map((line) => `  ${printable(line)}`)
          .join('\n')}\n}`
  return { [inspection]: () => text } // an object, whose lines util.inspect indents
}

function linesOf(describe: () => Facts | string[]): string[] {
  try {
    const described = describe()
    return described.every((each) => typeof each === 'string') ? (described as string[]) : facts(described as Facts)
  } catch (error) {
    return [error instanceof Error ? error.message : 'cannot be shown']
  }
}
