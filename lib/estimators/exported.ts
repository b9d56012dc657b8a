import { mean, range } from 'd3-array'
import type { ColumnEncoding } from '../data/column-encoding.js'
import type { Transformed } from '../data/preprocess.js'
import { ClassLabels } from '../data/target.js'
import type { TargetScaler } from '../data/target-scaler.js'
import type { Exportable } from '../export/exported-code.js'
import {
  type Answer,
  type Example,
  type ExportedBounds,
  type ExportedMember,
  type ExportedModel,
  exampleOutputs,
} from '../export/exported-model.js'
import { type AnyNetwork, averageOf, type Ensemble, membersOf } from '../network/ensemble.js'
import { exportedLayers, roundedBlueprint } from '../network/exported.js'
import { networkFrom } from '../network/network.js'
import { boundOptions } from '../network/options.js'
import type { Cell } from '../tables/cells.js'
import { tableOfValues } from '../tables/table.js'
import { boxOfData } from './certificates/data-box.js'
import type { Fitted } from './fits.js'
import { influenceOf } from './influence.js'

export type ExportableCoding = TargetScaler | ClassLabels

/** An estimator as what it computes. */
function exportedEstimator(fitted: Fitted<ExportableCoding>): ExportedModel {
  const { network, preprocessor } = fitted
  const { dtype, inputs } = network.config
  return {
    ...{ columns: preprocessor.columns, inputs, dtype, answer: answerOf(fitted) },
    members: exportedMembers(network),
    get examples() {
      return examplesOf(fitted)
    },
  }
}

/** What is known about an estimator everywhere, with the bound that its methods take by default. */
function estimatorBounds(fitted: Fitted<ExportableCoding>): ExportedBounds {
  const { network } = fitted
  const influence = influenceOf(fitted, range(network.config.outputs), { bound: boundOptions.bound.default })
  return { pathNorm: network.pathNorm(), lipschitz: network.lipschitz(), influence }
}

/** An estimator from which code is written. */
export function exportableEstimator(fitted: Fitted<ExportableCoding>): Exportable {
  const { network, preprocessor, reading } = fitted
  const source = (own: Fitted<ExportableCoding>) => ({
    model: () => exportedEstimator(own),
    bounds: () => estimatorBounds(own),
  })
  return {
    ...source(fitted),
    reading,
    rounded(format) {
      const blueprints = membersOf(network).map((member) => roundedBlueprint(member, format))
      const own = averageOf(blueprints.map(networkFrom), 'taken' in network ? network.taken : null)
      return { ...source({ ...fitted, network: own }), dispose: () => own.dispose() }
    },
    box() {
      const { lower, upper } = boxOfData(preprocessor, network.config.dtype)
      return Array.from(lower, (end, j) => ({ lower: end, upper: upper[j] }))
    },
  }
}

function answerOf({ coding, target }: Fitted<ExportableCoding>): Answer {
  if (coding instanceof ClassLabels) return { kind: 'class', target, labels: coding.labels }
  const { transform, center, scale } = coding
  return { kind: 'number', target, transform, center, scale }
}

const usual = 3

/** Some rows within the data, and one without any cell. */
function examplesOf({ network, preprocessor, reading }: Fitted<unknown>): Example[] {
  const { columns } = preprocessor
  const rows = range(usual).map((i) => columns.map((column, j) => usualCell(column, i, j)))
  const all: Cell[][] = [...rows, columns.map(() => null)]
  const values = Object.fromEntries(columns.map(({ name }, j) => [name, all.map((row) => row[j])]))
  const { x } = preprocessor.transform(tableOfValues(values, reading), network.config.dtype)
  const outputs = meanOutputs(network, x)
  return all.map((row, i) => ({ row, outputs: exampleOutputs(outputs[i], network.config.dtype) }))
}

/** Cells of row i and column j are spread over what the training rows had. */
function usualCell(column: ColumnEncoding, i: number, j: number): Cell {
  if (column.kind === 'categorical') return column.levels[(i + j) % column.levels.length]
  const { median, deviation, least = median - deviation, greatest = median + deviation } = column
  const share = (i * (j + 1) * 0.618) % 1
  return Number((least + share * (greatest - least)).toPrecision(3))
}

/** The inputs that member m takes; null: all. */
const takenBy = (network: AnyNetwork | Ensemble, m: number): Uint32Array | null =>
  'taken' in network && network.taken !== null ? network.taken.members[m] : null

function exportedMembers(network: AnyNetwork | Ensemble): ExportedMember[] {
  return membersOf(network).map(({ config, parameters }, m) => {
    const takes = takenBy(network, m)
    return { takes: takes && Array.from(takes), layers: exportedLayers(config, parameters) }
  })
}

/** The outputs of a network, or the mean of several, for a few rows. */
function meanOutputs(network: AnyNetwork | Ensemble, { data, shape: [rows, inputs] }: Transformed['x']): number[][] {
  return range(rows).map((i) => {
    const row = data.subarray(i * inputs, (i + 1) * inputs)
    const all = membersOf(network).map((member, m) => {
      const takes = takenBy(network, m)
      const x = takes === null ? row : Float64Array.from(takes, (j) => row[j])
      return member.predictSync({ data: x, shape: [1, x.length] }).data
    })
    return Array.from(all[0], (_, k) => mean(all, (outputs) => outputs[k]) as number)
  })
}
