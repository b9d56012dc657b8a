import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { least } from 'd3-array'
import { cellOf, fileNameOf } from '#psilon/experiments/cells.js'
import { choose } from '#psilon/experiments/choice.js'
import { networkSetting, published } from '#psilon/experiments/protocol.js'
import { prunedCells } from '#psilon/experiments/pruned-cells.js'
import { CellRunner } from '#psilon/experiments/run-cells.js'
import { memberCells } from './ensemble.mjs'

/** @typedef {import('#psilon/experiments/cells.js').CellResult} CellResult */

const seed = 1
const { trainRows } = published

const lambdaOf = ({ setting }) => setting.lambda

/**
 * A network for each lambda, the one that the validation rows choose once more with zeros, and of that of the two which
 * they prefer as many as the ensemble has: for each table what they gave and where the ensemble's are. Where every
 * network diverged there is no lambda and no member.
 */
export async function trainAll(sets, { out, hidden, epochs, lambdas, members }, context) {
  const models = join(out, 'models')
  await mkdir(models, { recursive: true })
  const modelOf = (cell) => join(models, fileNameOf(cell).replace(/json$/, 'safetensors'))
  const tried = sets.flatMap((set) => triedCells(set, { hidden, epochs, lambdas }))
  const cells = tried.length + sets.length * members
  const trained = (cell, network) => network.save(modelOf(cell))
  const runner = new CellRunner({ ...context, sets, device: 'cpu', trained }, { cells, work: cells * epochs })
  const pruned = prunedCells(await runner.run(tried), sets, 1)
  const compared = await runner.run(pruned)
  const ensembles = sets.map(({ name }) => {
    const chosen = preferred(compared, name, pruned)
    return chosen === undefined ? [] : memberCells(chosen, members)
  })
  // a network whose file is gone is trained again
  const whole = (cell, { scores }) => scores === null || existsSync(modelOf(cell))
  const results = await runner.run(ensembles.flat(), whole)
  const of = (cells, name) =>
    cells.filter(({ set }) => set === name).map((cell) => ({ cell, result: resultIn(results, cell) }))
  return sets.map(({ name }, k) => ({
    search: of(tried, name).map(({ cell, result }) => ({ lambda: lambdaOf(cell), ...result })),
    pruned: of(pruned, name)[0]?.result ?? null,
    members: ensembles[k].map((cell) => ({ result: resultIn(results, cell), model: modelOf(cell) })),
    lambda: ensembles[k].length === 0 ? null : lambdaOf(ensembles[k][0]),
  }))
}

function triedCells(set, { hidden, epochs, lambdas }) {
  const options = { seeds: 1, trainRows, hidden, epochs }
  return lambdas.map((lambda) => cellOf(set, 'psilon', seed, networkSetting('psilon', lambda, options)))
}

/** Of a table, the cell with the least validation score. */
function preferred(results, name, pruned) {
  const dense = choose(results, name, 'psilon', seed)
  const cells = [...(dense === undefined ? [] : [dense.cell]), ...pruned.filter(({ set }) => set === name)]
  return least(cells, (cell) => resultIn(results, cell).scores?.validation)
}

/** @param {import('#psilon/experiments/results.js').Results} results */
const resultIn = (results, cell) => /** @type {CellResult} */ (results.get(cell))
