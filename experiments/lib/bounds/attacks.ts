import type { EncodingName, Table } from 'psilon'
import { splitRows } from '../accuracy/splits.js'
import { taskOfTable } from '../data/requirements.js'
import { attackCertificates } from './certificate-attack.js'
import { attackInfluence } from './influence-attack.js'
import { attackNetwork } from './network-attack.js'
import { attacks, type Shares } from './page.js'
import { Random } from './random.js'
import { rounding, trained, withMissingCells } from './subject.js'

type Options = Record<string, unknown>

export const encodings: readonly EncodingName[] = ['standard', 'asinh', 'robust', 'rank-normal', 'piecewise-linear']

const dtypes = Object.keys(rounding) as readonly (keyof typeof rounding)[]

/**
 * Trains a model of each dtype on the table with this encoding, and attacks its bounds.
 *
 * @returns the largest shares over the dtypes. @param options further ones of the estimators.
 */
export async function attackedWith(table: Table, encoding: EncodingName, options: Options): Promise<Shares> {
  const random = new Random(1)
  const task = taskOfTable(table)
  const { train, test } = await splitRows(await withMissingCells(table, random), 'file')
  const all: Shares[] = []
  for (const dtype of dtypes) {
    const given = { preset: 'fast', lambda: 1e-3, threads: 1, ...options, encoding, dtype }
    const subject = await trained(train, test, task, given)
    try {
      all.push({
        influence: await attackInfluence(subject, random, dtype),
        network: await attackNetwork(subject, random, dtype),
        certificates: await attackCertificates(subject, random, dtype),
      })
    } finally {
      subject.model.dispose()
    }
  }
  const largest = attacks.map((attack) => [attack, Math.max(...all.map((shares) => shares[attack]))])
  return Object.fromEntries(largest)
}
