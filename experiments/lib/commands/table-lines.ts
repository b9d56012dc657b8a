import type { TableSection } from 'psilon/report'
import { aligned } from '../text.js'

/** Tables with a line between them. */
export function tableLines(tables: readonly TableSection[]): string[] {
  return tables.flatMap(({ title, text, rows }, k) => [...(k > 0 ? [''] : []), `${title}: ${text}`, ...aligned(rows)])
}
