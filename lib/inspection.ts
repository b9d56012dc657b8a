import { inspect } from 'node:util'
import { printable } from './errors/errors.js'
import { aligned, count, facts } from './print.js'

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

/**
 * The same plain result, which console.log shows in some lines: what describes it, and the names of its properties. Keys, copies,
 * comparisons and JSON are those of any object, because what shows it is not enumerable.
 */
export function introduced<Result extends object>(
  name: string,
  result: Result,
  describe: (result: Result) => Facts | string[],
): Result {
  const properties = ['properties', Object.keys(result).join(', ')] as const
  const lines = () => {
    const described = describe(result)
    return isLines(described) ? [...described, ...facts([properties])] : [...described, properties]
  }
  const value = (depth: number, styling: Styling) => shown(name, depth, styling, lines)
  return Object.defineProperty(result, inspection, { value, configurable: true, writable: true })
}

/** A result of more rows than this is shown by its first ones; one of fewer as any object. */
const fewRows = 20
const shownRows = 5

/**
 * The same result, of which console.log shows the first rows if it has many.
 *
 * @param columns their titles, and the text of a row.
 * @param notes facts about all rows.
 */
export function introducedRows<Result extends object>(
  name: string,
  result: Result,
  rows: number,
  columns: Readonly<Record<string, (row: number) => string>>,
  notes: Facts = [],
): Result {
  if (rows <= fewRows) return result
  return introduced(name, result, () => [
    count(rows, 'row'),
    ...aligned([
      ['', ...Object.keys(columns)],
      ...Array.from({ length: shownRows }, (_, row) => [
        String(row),
        ...Object.values(columns).map((text) => text(row)),
      ]),
    ]),
    `and ${count(rows - shownRows, 'more row')}`,
    ...facts(notes),
  ])
}

const isLines = (described: Facts | string[]): described is string[] =>
  described.every((each) => typeof each === 'string')

function linesOf(describe: () => Facts | string[]): string[] {
  try {
    const described = describe()
    return isLines(described) ? described : facts(described)
  } catch (error) {
    return [error instanceof Error ? error.message : 'cannot be shown']
  }
}
