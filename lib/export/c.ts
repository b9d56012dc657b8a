import { count } from '../print.js'
import { version } from '../version.js'
import { columnFunctions } from './c-columns.js'
import { boundFunctions, predictionFunctions, selfTestFunction } from './c-functions.js'
import { networkFunctions } from './c-network.js'
import { radiusFunctions } from './c-radius.js'
import { commented, double } from './c-text.js'
import type { ExportedCode } from './exported-code.js'
import type { ExportedModel } from './exported-model.js'
import { classCount, marginBounds } from './margin-bounds.js'
import { precisions } from './outward.js'
import { changed, roundingText, where } from './rounding-text.js'
import { countWeights, type StoredMember, storedMembers } from './stored-layers.js'
import { withoutUnused } from './used-inputs.js'
import type { WeightRounding } from './weight-rounding.js'

/** A header in C99 that predicts what the model does, to rounding. @param name what its functions begin with. */
export function cOf(code: ExportedCode, name: string): string {
  const model = withoutUnused(code)
  const { columns, dtype, answer, bounds, rounding } = model
  const members = storedMembers(model.members, dtype)
  const parts = [
    header(model, members),
    `#ifndef NAME_GUARD\n#define NAME_GUARD\n\n#include <math.h>`,
    `typedef ${dtype === 'float32' ? 'float' : 'double'} NAME_real;`,
    ...(columns === null ? [] : columnFunctions(columns)),
    ...networkFunctions(members, model, rounding?.format ?? 'exact'),
    ...predictionFunctions(model),
    ...(rounding === null ? [] : [errorFunction(model, rounding)]),
    ...(bounds === null ? [] : boundFunctions(bounds, model)),
    ...(bounds === null || classCount(answer) === 0
      ? []
      : radiusFunctions(model, marginBounds(model, members, precisions[dtype]))),
    selfTestFunction(model),
    '#endif',
  ]
  const text = `${parts.join('\n\n')}\n`
  return text.replaceAll('NAME_GUARD', `${name.toUpperCase()}_H`).replaceAll('NAME', name)
}

function header({ columns, inputs, answer, rounding }: ExportedCode, members: readonly StoredMember[]): string {
  const { all, nonzero } = countWeights(members)
  const what = answer.kind === 'outputs' ? count(answer.outputs, 'output') : commented(answer.target)
  const row =
    columns === null
      ? ` * A row is ${count(inputs, 'number')}.`
      : ` * A row has a double for each column, NAN where the cell is missing; of a category the number of its level:\n${columns
          .map((column, j) => `${` *   row[${j}]`.padEnd(14)}${commented(column.name)}${levelsOf(column)}`)
          .join('\n')}`
  return `/*
 * Predicts ${what}. Written by psilon ${version}. C99; allocates nothing, and needs math.h alone.
 *
${row}
 *
 * ${members.length === 1 ? 'One network' : `The mean of ${members.length} networks`}; ${nonzero} of ${all} weights are not 0.${rounding === null ? '' : `\n * ${roundingText(answer, rounding).join('\n * ')}`}
 */`
}

const errorFunction = ({ answer }: ExportedCode, { error }: WeightRounding) =>
  `/* What the rounding of weights changes ${changed(answer)} by at most, ${where(answer)}. */
static inline double NAME_weights_error(void) { return ${double(error)}; }`

function levelsOf(column: NonNullable<ExportedModel['columns']>[number]): string {
  if (column.kind === 'numeric') return ''
  const shown = column.levels.slice(0, 8).map((level, k) => `${k} ${commented(level)}`)
  return `: ${shown.join(', ')}${column.levels.length > 8 ? ', ...' : ''}`
}
