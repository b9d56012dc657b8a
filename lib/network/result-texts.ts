import { introducedRows } from '../inspection.js'
import { figure } from '../print.js'
import type { Certificate, Range } from './results.js'

/** What console.log shows of results that have an entry for each row. */

export const shownRange = (range: Range): Range =>
  introducedRows('Range', range, range.lower.length, {
    lower: (row) => figure(range.lower[row]),
    upper: (row) => figure(range.upper[row]),
  })

/** @param certificate of a network or an estimator. @param classOf text of the class of a row. */
export const shownCertificate = <Own extends Pick<Certificate, 'radii' | 'upper' | 'exact'>>(
  name: string,
  certificate: Own,
  classOf: (row: number) => string,
): Own =>
  introducedRows(name, certificate, certificate.radii.length, {
    class: classOf,
    radius: (row) => figure(certificate.radii[row]),
    upper: (row) => figure(certificate.upper[row]),
    exact: (row) => String(certificate.exact[row]),
  })
