import { dayRange } from '../../tables/dates.js'

/** The functions of an exported JavaScript module that read dates. @param sign the further argument of its numberOf. */
export const dateParts = (
  sign: string,
) => `/** The days since 1970-01-01 UTC of an ISO date, with or without a time; undefined for other texts. */
function daysOf(text) {
  const parts = /^(\\d{4})-(\\d\\d)-(\\d\\d)(?:[T ](\\d\\d):(\\d\\d)(?::(\\d\\d)(?:[.,](\\d+))?)?(?: ?(?:Z|UTC|([+-])(\\d\\d)(?::?(\\d\\d))?))?)?$/i.exec(text)
  if (parts === null) return undefined
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0))
  const [fraction = '', sign, hours = 0, minutes = 0] = parts.slice(7)
  const start = new Date(0)
  start.setUTCFullYear(year, month - 1, day)
  const exists = start.getUTCMonth() === month - 1 && start.getUTCDate() === day
  if (!exists || hour > 23 || minute > 59 || second > 59 || hours > 23 || minutes > 59) return undefined
  const ahead = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60 : 60)
  const seconds = start.getTime() / 1000 + hour * 3600 + minute * 60 + second - ahead
  return (seconds * 1e6 + Number(fraction.slice(0, 6).padEnd(6, '0'))) / 86_400_000_000
}

/** The cell of a column of dates as a number of days. */
function dayOf(name, cell) {
  if (cell === null) return null
  const isDate = Object.prototype.toString.call(cell) === '[object Date]'
  const day = isDate ? cell.getTime() / 86_400_000 : typeof cell === 'string' ? (daysOf(cell) ?? numberOf(cell${sign})) : cell
  if (typeof day === 'number' && day >= ${dayRange.first} && day < ${dayRange.last + 1}) return day
  throw new TypeError(\`column "\${name}" has \${JSON.stringify(cell)}, expected a date\`)
}`
