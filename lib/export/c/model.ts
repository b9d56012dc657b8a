import type { ColumnEncoding } from '../../data/column-encoding.js'
import { count } from '../../print.js'
import { version } from '../../version.js'
import { classCount, marginBounds } from '../bounds/margins.js'
import { precisions } from '../bounds/outward.js'
import type { ExportedCode } from '../exported-code.js'
import { agreement, type ExportedBounds, type ExportedModel } from '../exported-model.js'
import { countWeights, type StoredMember, storedMembers } from '../stored-layers.js'
import { withoutUnused } from '../used-inputs.js'
import type { WeightRounding } from '../weights/rounding.js'
import { changed, learned, roundingText, where } from '../weights/rounding-text.js'
import { columnFunctions } from './columns.js'
import { networkFunctions } from './network.js'
import { predictionFunctions } from './predictions.js'
import { radiusFunctions } from './radius.js'
import { commented, double, float, list } from './text.js'

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

/** What is known everywhere, as functions so that no compiler misses a use of it. */
function boundFunctions(
  { pathNorm, lipschitz, influence }: ExportedBounds,
  { columns, answer }: ExportedModel,
): string[] {
  const boundOf = ({ name }: ColumnEncoding) =>
    influence.reduce(
      (bound: number, each) => (typeof each !== 'number' && each.column === name ? each.bound : bound),
      0,
    )
  const bounds = columns === null ? influence.map(Number) : columns.map(boundOf)
  const [parameter, each] =
    columns === null ? ['input', 'a unit of an input'] : ['column', 'a unit of a column, or another level of it,']
  return [
    `/* Bounds that hold for all rows. */
static inline double NAME_path_norm(void) { return ${double(pathNorm)}; }
static inline double NAME_lipschitz(void) { return ${double(lipschitz)}; }
/* How much ${each} changes ${learned(answer)} at most. */
static inline double NAME_influence(int ${parameter}) {
  static const double bounds[] = ${list(bounds.map(double))};
  return bounds[${parameter}];
}`,
  ]
}

/** Whether rows that psilon predicted give the same here. */
function selfTestFunction({ examples, columns, dtype, inputs }: ExportedModel): string {
  const outputs = examples[0].outputs.length
  const cell = (value: unknown, j: number) => {
    const column = columns?.[j]
    if (value === null) return 'NAN'
    if (column?.kind === 'categorical') return double(column.levels.indexOf(String(value)))
    return columns === null && dtype === 'float32' ? float(Number(value)) : double(Number(value))
  }
  const width = examples[0].row.length
  const call =
    columns === null ? 'NAME_outputs(rows[i], outputs);' : 'NAME_inputs(rows[i], x);\n    NAME_outputs(x, outputs);'
  return `/* 1 where rows that psilon predicted when it wrote this header give the same here, to rounding; 0 otherwise. */
static inline int NAME_self_test(void) {
  static const ${columns === null ? 'NAME_real' : 'double'} rows[][${width}] = {
${examples.map(({ row }) => `    {${row.map(cell).join(', ')}},`).join('\n')}
  };
  static const double expected[][${outputs}] = {
${examples.map((each) => `    {${each.outputs.map(double).join(', ')}},`).join('\n')}
  };
  double outputs[${outputs}];
${columns === null ? '' : `  NAME_real x[${inputs}];\n`}  int i, k;
  for (i = 0; i < ${examples.length}; i++) {
    ${call}
    for (k = 0; k < ${outputs}; k++)
      if (!(fabs(outputs[k] - expected[i][k]) <= ${double(agreement[dtype])} * (1.0 + fabs(expected[i][k])))) return 0;
  }
  return 1;
}`
}
