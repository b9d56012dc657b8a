import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'

/** @typedef {Record<string, string | number>} Row */

/**
 * The rows of a bundled table as objects, in file order. An estimator also takes the path of such a file; rows are
 * needed here to keep some of them for a test.
 *
 * @param {string} name
 * @returns {Row[]}
 */
export function bundledRows(name) {
  const bytes = readFileSync(new URL(`../data/${name}`, import.meta.url))
  return parse(name.endsWith('.gz') ? gunzipSync(bytes) : bytes, { columns: true, cast: true })
}
