import { aligned } from '../print.js'
import type { Comparison } from '../report/figures.js'

/** Tables with a line between them. */
export function tableLines(tables: readonly Comparison[]): string[] {
  return tables.flatMap(({ title, text, rows }, k) => {
    return [...(k > 0 ? [''] : []), `${title}: ${text}`, ...aligned(rows, '  ')]
  })
}
