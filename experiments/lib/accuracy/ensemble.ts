import { stat } from 'node:fs/promises'
import { sum } from 'd3-array'
import { load, type PsilonNet } from 'psilon'
import type { Cell, CellResult, Scores } from '../cells/cells.js'
import type { DataSet, Rows } from '../data/data-sets.js'
import { predictParts, scoresOf } from '../models/scores.js'

/** A network of an ensemble, and the file it is in. */
export interface Member {
  result: CellResult
  model: string
}

/** Scores of the average of the outputs, the test score of each network, and what they cost. */
export interface EnsembleFigures extends Scores {
  singles: number[]
  /** Of training, one thread each. */
  seconds: number
  /** Of the files. */
  bytes: number
}

/** The networks of an ensemble, the cell's own first: they differ in their seeds, 2^32 apart, as those of an estimator do. */
export function memberCells(cell: Cell, members: number): Cell[] {
  return Array.from({ length: members }, (_, k) => ({ ...cell, seed: (cell.seed ?? 0) + k * 2 ** 32 }))
}

/** Null where a network diverged, or there is none. */
export async function ensembleOf(set: DataSet | null, members: readonly Member[]): Promise<EnsembleFigures | null> {
  const singles = members.flatMap(({ result }) => result.scores?.test ?? [])
  if (set === null || members.length === 0 || singles.length < members.length) return null
  const sizes = await Promise.all(members.map(async ({ model }) => (await stat(model)).size))
  const seconds = sum(members, ({ result }) => result.seconds)
  return { ...(await averageScores(set, members)), singles, seconds, bytes: sum(sizes) }
}

async function averageScores(set: DataSet, members: readonly Member[]): Promise<Scores> {
  const networks = (await Promise.all(members.map(({ model }) => load(model)))) as PsilonNet[]
  try {
    return scoresOf(set, await predictParts(set, ({ x }) => averageOutputs(networks, x)))
  } finally {
    for (const network of networks) network.dispose()
  }
}

/** Averaged in double precision, in the order of the networks. */
async function averageOutputs(networks: readonly PsilonNet[], x: Rows['x']): Promise<Float64Array> {
  const outputs = await Promise.all(networks.map((network) => network.predict(x)))
  const mean = new Float64Array(outputs[0].data.length)
  for (const { data } of outputs) for (let i = 0; i < mean.length; i++) mean[i] += data[i] / networks.length
  return mean
}
