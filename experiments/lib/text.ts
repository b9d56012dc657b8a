import { max } from 'd3-array'

/** Texts for people: numbers, units and aligned tables. */

/** Four significant digits: `0.3527`, `39.12`, `1,460`, `2.500e-7`. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(3)
  const decimals = size === 0 ? 0 : Math.max(0, 3 - Math.floor(Math.log10(size)))
  return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}

/** A fraction of 1 as `66.3 %`. */
export const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`

/** `1 row`, `1,460 rows` */
export const count = (n: number, noun: string): string => `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`

/** Bytes as `22.5 kB`, `1.2 MB`. */
export const size = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`

/** `40 ms`, `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min` */
export function duration(seconds: number): string {
  if (seconds < 0.0995) return `${Math.round(1000 * seconds)} ms`
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const two = (n: number) => String(n).padStart(2, '0')
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`
}

/** Lines of a table, indented: the first column, of names, flush left, the others flush right. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, j) => max(rows, (row) => (row[j] ?? '').length) ?? 0)
  return rows.map((row) => {
    const cells = row.map((cell, j) => (j === 0 ? cell.padEnd(widths[j]) : cell.padStart(widths[j])))
    return `  ${cells.join('   ')}`.trimEnd()
  })
}

/** Lines of a table in Markdown, aligned like that. */
export function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(titles), line(titles.map((_, k) => (k === 0 ? '---' : '---:'))), ...rows.map(line)]
}

/** Lines of `name   text`, without those that have no text. */
export function facts(entries: readonly (readonly [name: string, text: string])[]): string[] {
  const shown = entries.filter(([, text]) => text !== '')
  const width = max(shown, ([name]) => name.length) ?? 0
  return shown.map(([name, text]) => `${name.padEnd(width)}   ${text}`)
}
