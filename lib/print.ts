import { max } from 'd3-array'
import { printable } from './errors/errors.js'

/** Texts for people: numbers, units and aligned tables. */

/** Significant digits: `0.3527`, `39.12`, `1,460`, `2.500e-7`. */
export function figure(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(digits - 1)
  const decimals = size === 0 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(size)))
  return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}

/** A fraction of 1 as `66.3 %`. */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`
}

/** `1 row`, `1,460 rows`. */
export function count(n: number, noun: string): string {
  return `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`
}

/** `cpu (avx2, 2 threads)`, `cuda (sm_90, tf32, 1 thread)` */
export function deviceText(device: {
  name: string
  instructionSet: string
  precision: string
  threads: number
}): string {
  const tf32 = device.precision === 'tf32' ? ['tf32'] : []
  return `${device.name} (${[device.instructionSet, ...tf32, count(device.threads, 'thread')].join(', ')})`
}

export function size(bytes: number): string {
  if (bytes < 1e3) return `${bytes} bytes`
  const [unit, name] = bytes < 1e6 ? [1e3, 'kB'] : bytes < 1e9 ? [1e6, 'MB'] : [1e9, 'GB']
  return `${(bytes / unit).toFixed(1)} ${name}`
}

/** `40 ms`, `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 0.0995) return `${Math.round(1000 * seconds)} ms`
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const two = (n: number) => String(n).padStart(2, '0')
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`
}

/** An untrusted name, printable and at most 60 characters long. */
export function named(text: string): string {
  const marks = Array.from(printable(text.slice(0, 240)))
  return marks.length > 60 ? `${marks.slice(0, 57).join('')}...` : marks.join('')
}

/** `a, b, c and 4 more` */
export function listed(names: readonly string[], most = 8): string {
  const shown = names.slice(0, most).map(named).join(', ')
  return names.length <= most ? shown : `${shown} and ${(names.length - most).toLocaleString('en-US')} more`
}

/** Lines of a table: the first column, of names, flush left, the others flush right. */
export function aligned(texts: readonly (readonly string[])[], indent = ''): string[] {
  const rows = texts.map((row) => row.map((cell, j) => (j === 0 ? named(cell) : printable(cell))))
  const widths = (rows[0] ?? []).map((_, j) => max(rows, (row) => (row[j] ?? '').length) ?? 0)
  return rows.map((row) => {
    const cells = row.map((cell, j) => (j === 0 ? cell.padEnd(widths[j]) : cell.padStart(widths[j])))
    return `${indent}${cells.join('   ')}`.trimEnd()
  })
}

/** Lines of `name   text`, without those that have no text. */
export function facts(entries: readonly (readonly [name: string, text: string])[]): string[] {
  const shown = entries.filter(([, text]) => text !== '')
  const width = max(shown, ([name]) => name.length) ?? 0
  return shown.map(([name, text]) => `${name.padEnd(width)}   ${text}`)
}
