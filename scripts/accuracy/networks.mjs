import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { least } from 'd3-array'
import { cellOf, fileNameOf } from '#psilon/experiments/cells.js'
import { chooseForSeeds } from '#psilon/experiments/choice.js'
import { networkSetting, published } from '#psilon/experiments/protocol.js'
import { prunedCells } from '#psilon/experiments/pruned-cells.js'
import { CellRunner } from '#psilon/experiments/run-cells.js'
import { memberCells } from './ensemble.mjs'

/** @typedef {import('#psilon/experiments/cells.js').CellResult} CellResult */
/** @typedef {import('#psilon/experiments/data-sets.js').DataSet} DataSet */

const seed = 1
const { trainRows } = published

const lambdaOf = ({ setting }) => setting.lambda

/**
 * Of each table in each scaling a network for each lambda, the one that the validation rows choose once more with zeros,
 * and of that of all of these which they prefer as many as the ensemble has: what they gave and where the ensemble's are.
 * Where every network diverged there is no lambda and no member.
 *
 * @param {Record<string, DataSet>[]} tables by scaling
 */
export async function trainAll(tables, { out, hidden, epochs, lambdas, members }, context) {
  const models = join(out, 'models')
  await mkdir(models, { recursive: true })
  const modelOf = (cell) => join(models, fileNameOf(cell).replace(/json$/, 'safetensors'))
  const sets = tables.flatMap((table) => Object.values(table))
  const tried = sets.flatMap((set) => triedCells(set, { hidden, epochs, lambdas }))
  const cells = tried.length + sets.length + tables.length * members
  const trained = (cell, network) => network.save(modelOf(cell))
  const runner = new CellRunner({ ...context, sets, device: 'cpu', trained }, { cells, work: cells * epochs })
  const pruned = prunedCells(await runner.run(tried), sets, 1)
  const compared = await runner.run(pruned)
  const chosen = tables.map((table) => preferred(compared, Object.values(table), pruned))
  const ensembles = chosen.map((cell) => (cell === undefined ? [] : memberCells(cell, members)))
  // a network whose file is gone is trained again
  const whole = (cell, { scores }) => scores === null || existsSync(modelOf(cell))
  const results = await runner.run(ensembles.flat(), whole)
  const of = (cells, table) =>
    Object.entries(table).flatMap(([scaling, { name }]) =>
      cells
        .filter(({ set }) => set === name)
        .map((cell) => ({ scaling, lambda: lambdaOf(cell), ...resultIn(results, cell) })),
    )
  return tables.map((table, k) => {
    const [scaling, set] = Object.entries(table).find(([, { name }]) => name === chosen[k]?.set) ?? [null, null]
    return {
      search: of(tried, table),
      pruned: of(pruned, table),
      members: ensembles[k].map((cell) => ({ result: resultIn(results, cell), model: modelOf(cell) })),
      chosen: set,
      scaling,
      lambda: chosen[k] === undefined ? null : lambdaOf(chosen[k]),
    }
  })
}

function triedCells(set, { hidden, epochs, lambdas }) {
  const options = { seeds: 1, trainRows, hidden, epochs }
  return lambdas.map((lambda) => cellOf(set, 'psilon', seed, networkSetting('psilon', lambda, options)))
}

/** Of a table, the cell with the least validation score. */
function preferred(results, sets, pruned) {
  const cells = sets.flatMap(({ name }) => [
    ...chooseForSeeds(results, name, 'psilon', 1).map(({ cell }) => cell),
    ...pruned.filter(({ set }) => set === name),
  ])
  return least(cells, (cell) => resultIn(results, cell).scores?.validation)
}

/** @param {import('#psilon/experiments/results.js').Results} results */
const resultIn = (results, cell) => /** @type {CellResult} */ (results.get(cell))
