/** A table as CSV. */
export function csvText(head: readonly string[], rows: number, cells: (row: number) => readonly unknown[]): string {
  return [head, ...Array.from({ length: rows }, (_, row) => cells(row))].map(csvLine).join('')
}

export const csvLine = (cells: readonly unknown[]): string => `${cells.map(csvCell).join(',')}\n`

function csvCell(value: unknown): string {
  const text = String(value)
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
