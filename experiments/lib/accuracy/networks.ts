import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { least } from 'd3-array'
import { type Cell, type CellResult, cellOf, fileNameOf, type NetworkSetting } from '../cells/cells.js'
import type { Results } from '../cells/results.js'
import { CellRunner, type Context } from '../cells/run-cells.js'
import type { DataSet } from '../data/data-sets.js'
import type { Scaling } from '../data/scale.js'
import { makeFolder } from '../files.js'
import { chooseForSeeds } from '../studies/choice.js'
import { networkSetting, published } from '../studies/protocol.js'
import { prunedCells } from '../studies/pruned-cells.js'
import { type Member, memberCells } from './ensemble.js'

const seed = 1
const { trainRows } = published

export interface Options {
  hidden: number
  epochs: number
  lambdas: readonly number[]
  /** Networks of an ensemble. */
  members: number
}

/** The rows of a table in each scaling, under names of their own. */
export type Scaled = Record<Scaling, DataSet>

type Tried = CellResult & { scaling: string; lambda: number }

/** What became of a table's networks. */
export interface Trained {
  /** A network for each scaling and lambda, and for each scaling the best of them once more with zeros. */
  search: Tried[]
  pruned: Tried[]
  /** The networks of the ensemble, which are as the best one of all; none where every network diverged. */
  members: Member[]
  /** Of the best one; null where there is none. */
  chosen: DataSet | null
  scaling: string | null
  lambda: number | null
}

/** Trains the networks of all tables. The validation rows choose. */
export async function trainAll(
  tables: readonly Scaled[],
  { out, hidden, epochs, lambdas, members }: Options & { out: string },
  context: Omit<Context, 'sets' | 'device' | 'trained'>,
): Promise<Trained[]> {
  const models = join(out, 'models')
  await makeFolder('measure:accuracy', models)
  const modelOf = (cell: Cell) => join(models, fileNameOf(cell).replace(/json$/, 'safetensors'))
  const sets = tables.flatMap((table) => Object.values(table))
  const tried = sets.flatMap((set) => triedCells(set, { hidden, epochs, lambdas }))
  const cells = tried.length + sets.length + tables.length * members
  const trained: Context['trained'] = (cell, network) => network.save(modelOf(cell))
  const runner = new CellRunner({ ...context, sets, device: 'cpu', trained }, { cells, work: cells * epochs })
  const pruned = prunedCells(await runner.run(tried), sets, 1)
  const compared = await runner.run(pruned)
  const chosen = tables.map((table) => preferred(compared, Object.values(table), pruned))
  const ensembles = chosen.map((cell) => (cell === undefined ? [] : memberCells(cell, members)))
  // a network whose file is gone is trained again
  const whole = (cell: Cell, { scores }: CellResult) => scores === null || existsSync(modelOf(cell))
  const results = await runner.run(ensembles.flat(), whole)
  return tables.map((table, k) => {
    const own = chosen[k]
    const [scaling, set] = Object.entries(table).find(([, { name }]) => name === own?.set) ?? [null, null]
    return {
      search: triedOn(table, tried, results),
      pruned: triedOn(table, pruned, results),
      members: ensembles[k].map((cell) => ({ result: resultIn(results, cell), model: modelOf(cell) })),
      chosen: set,
      scaling,
      lambda: own === undefined ? null : lambdaOf(own),
    }
  })
}

function triedCells(set: DataSet, { hidden, epochs, lambdas }: Omit<Options, 'members'>): Cell[] {
  const options = { seeds: 1, trainRows, hidden, epochs }
  return lambdas.map((lambda) => cellOf(set, 'psilon', seed, networkSetting('psilon', lambda, options)))
}

/** Of a table, the cell with the least validation score. */
function preferred(results: Results, sets: readonly DataSet[], pruned: readonly Cell[]): Cell | undefined {
  const cells = sets.flatMap(({ name }) => [
    ...chooseForSeeds(results, name, 'psilon', 1).map(({ cell }) => cell),
    ...pruned.filter(({ set }) => set === name),
  ])
  return least(cells, (cell) => resultIn(results, cell).scores?.validation)
}

function triedOn(table: Scaled, cells: readonly Cell[], results: Results): Tried[] {
  return Object.entries(table).flatMap(([scaling, { name }]) =>
    cells
      .filter(({ set }) => set === name)
      .map((cell) => ({ scaling, lambda: lambdaOf(cell), ...resultIn(results, cell) })),
  )
}

const lambdaOf = ({ setting }: Cell): number => (setting as NetworkSetting).lambda

const resultIn = (results: Results, cell: Cell): CellResult => results.get(cell) as CellResult
