import type { ClassifierCertificate } from '../../estimators/classifier.js'
import { hasCounterexamples } from '../../report/certificates/figures.js'
import { csvText } from '../../tables/csv-text.js'
import { readingOfTable, type Table } from '../../tables/table.js'
import { freeName } from '../files/free-name.js'

/** A table of answers: class, radius, and where a counterexample is known of any row, both sides. */
export function answersOf(target: string, certificate: ClassifierCertificate) {
  const { labels, radii, upper, exact } = certificate
  const both = hasCounterexamples(certificate)
  const head = both ? [target, 'radius', 'upper', 'exact'] : [target, 'radius']
  const cells = (row: number): unknown[] =>
    both ? [labels[row], radii[row], upper[row], exact[row]] : [labels[row], radii[row]]
  return { head, cells }
}

/**
 * The counterexamples as CSV with the columns of the table, read as it was, and the row, from 1, to which each belongs;
 * null if there are none.
 */
export function counterexamplesText(
  table: Table,
  counterexamples: ClassifierCertificate['counterexamples'],
): string | null {
  const found = counterexamples.flatMap((each, row) => (each === null ? [] : [{ each, row: row + 1 }]))
  if (found.length === 0) return null
  const { decimal } = readingOfTable(table)
  const rowName = freeName('row', table.names)
  const head = [rowName, ...table.names]
  const written = (cell: unknown) => (typeof cell === 'number' ? String(cell).replace('.', decimal) : (cell ?? ''))
  const cells = (k: number): unknown[] =>
    head.map((name) => written({ ...found[k].each, [rowName]: found[k].row }[name]))
  return csvText(head, found.length, cells)
}
