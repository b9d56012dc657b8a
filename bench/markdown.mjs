/**
 * A table; columns are aligned to the right where they hold figures.
 *
 * @param {Record<string, (row: any) => string>} columns a title and the text of a cell
 * @param {any[]} rows
 */
export function table(columns, rows) {
  const cells = rows.map((row) => Object.values(columns).map((cell) => cell(row)))
  const figures = Object.keys(columns).map((_, j) => cells.every((row) => /^[\d.,–\s-]+( %)?$/.test(row[j])))
  const line = (texts) => `| ${texts.join(' | ')} |`
  return [
    line(Object.keys(columns)),
    line(figures.map((right) => (right ? '---:' : '---'))),
    ...cells.map(line),
    '',
  ].join('\n')
}

/** Three digits: 1234.5 is 1,235, 12.345 is 12.3, 0.12345 is 0.123. */
export function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '-'
  const [, power] = value.toExponential(2).split('e').map(Number)
  return value.toLocaleString('en', { minimumFractionDigits: 0, maximumFractionDigits: Math.max(0, 2 - power) })
}

/** @param {number} threads */
export const threadCount = (threads) => (threads === 1 ? '1 thread' : `${threads} threads`)

export const milliseconds = (seconds) => number(1e3 * seconds)
export const gflops = (flops) => number(flops / 1e9)
export const percent = (share) => `${number(100 * share)} %`
export const megabytes = (bytes) => number(bytes / 1e6)

/** That of a cache line between two threads; empty where there is one. */
export const roundTrip = ({ roundTrip }) => (roundTrip ? number(1e9 * roundTrip.median) : '')

/** The quartiles between which half of the measurements lie. @param {import('./timing.mjs').Summary} summary */
export function spread({ q1, q3 }, show = milliseconds) {
  return `${show(q1)} – ${show(q3)}`
}
