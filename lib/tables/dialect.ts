import { parse } from 'csv-parse/sync'

/** How the cells of a CSV file are separated. */
export interface Dialect {
  delimiter: string
  /** The line on which the table begins, from 1: after the line `sep=;` that Excel reads and writes. */
  firstLine: number
}

const delimiters = [',', ';', '\t', '|']
const separatorLine = /^"?sep=(.)"?[ \t]*(?:\n|$)/i
const maxRecords = 32

/** Options of csv-parse for every file. Blanks within quotes stay here; they are dropped when cells are read. */
export const grammar = {
  record_delimiter: '\n',
  relax_column_count: true,
  skip_empty_lines: true,
  trim: true,
} as const

/**
 * The delimiter that cuts the first records, with their quoted line ends, most evenly into as many cells as the header
 * has; of equals, the delimiter that makes more cells.
 *
 * @param head the beginning of the file. @param whole whether it is all of it.
 */
export function dialectOf(head: string, whole: boolean): Dialect {
  const declared = separatorLine.exec(head)
  if (declared !== null) return { delimiter: declared[1], firstLine: 2 }
  let best = { delimiter: ',', evenness: -1, cells: 1 }
  for (const delimiter of delimiters) {
    const [header = [], ...rows] = firstRecords(head, delimiter, whole)
    const cells = header.length
    if (cells < 2) continue
    const evenness = rows.length === 0 ? 1 : rows.filter((row) => row.length === cells).length / rows.length
    if (evenness > best.evenness || (evenness === best.evenness && cells > best.cells)) {
      best = { delimiter, evenness, cells }
    }
  }
  return { delimiter: best.delimiter, firstLine: 1 }
}

/** Records before the first error. The last one is left out if the head may end within it, unless it is the header. */
function firstRecords(head: string, delimiter: string, whole: boolean): string[][] {
  const records: string[][] = []
  try {
    parse(head, { ...grammar, delimiter, to: maxRecords, on_record: (record: string[]) => void records.push(record) })
  } catch {
    return records // without the record of the error
  }
  const cut = !whole && records.length > 1 && records.length < maxRecords
  return cut ? records.slice(0, -1) : records
}
