import type { ColumnEncoding, Encoding } from '../../data/column-encoding.js'
import type { EncodingName, LearnedEncoding } from '../../data/encodings/encodings.js'
import { commented, double, list } from './text.js'

/** The function of a header that turns the cells of a row into inputs, and those that it calls. */

type Learned<Kind> = Extract<LearnedEncoding, { kind: Kind }>

/** Functions that encodings call; NAME is the prefix of the header. */
const functions: Partial<Record<EncodingName, string>> = {
  robust: `/* Linear around 0, and never beyond 3. */
static inline double NAME_clip(double z) {
  if (fabs(z) <= 3.0) return z / sqrt(1.0 + z / 3.0 * (z / 3.0));
  return (z < 0.0 ? -3.0 : 3.0) / sqrt(1.0 + 3.0 / z * (3.0 / z));
}`,
  'rank-normal': `/* Linear between knots, and beyond them at most as steep as 1 per spread. */
static inline double NAME_rank(double value, int count, const double *knots, const double *quantiles, double spread) {
  int k = 0;
  double step;
  while (k < count - 2 && value >= knots[k + 1]) k++;
  step = (knots[k + 1] - knots[k]) / (quantiles[k + 1] - quantiles[k]);
  if (value < knots[0]) return quantiles[0] - (knots[0] - value) / fmax(step, spread);
  if (value >= knots[count - 1]) return quantiles[count - 1] + (value - knots[count - 1]) / fmax(step, spread);
  return quantiles[k] + (value - knots[k]) / (knots[k + 1] - knots[k]) * (quantiles[k + 1] - quantiles[k]);
}`,
}

export function columnFunctions(columns: readonly ColumnEncoding[]): string[] {
  const kinds = new Set(
    columns.flatMap((each) => (each.kind === 'numeric' ? each.encodings.map(({ kind }) => kind) : [])),
  )
  let next = 0
  const statements = columns.flatMap((column, j) => {
    const first = next
    const own = column.kind === 'numeric' ? numberStatements(column, j, first) : levelStatements(column, j, first)
    next += own.inputs
    return own.inputs === 0
      ? []
      : `  { /* ${commented(column.name)} */\n${own.lines.map((line) => `    ${line}\n`).join('')}  }`
  })
  return [
    ...Object.entries(functions).flatMap(([kind, text]) => (kinds.has(kind as EncodingName) ? [text] : [])),
    `/* The inputs of the networks. */
static inline void NAME_inputs(const double *row, NAME_real *x) {\n${statements.join('\n')}\n}`,
  ]
}

interface Statements {
  inputs: number
  lines: string[]
}

function levelStatements({ levels, missing }: Encoding<'categorical'>, j: number, first: number): Statements {
  const lines = ['int k;', `for (k = 0; k < ${levels.length}; k++) x[${first} + k] = (NAME_real)(row[${j}] == k);`]
  if (missing) lines.push(`x[${first + levels.length}] = (NAME_real)(isnan(row[${j}]) ? 1 : 0);`)
  return { inputs: levels.length + Number(missing), lines }
}

function numberStatements({ encodings, median, indicator }: Encoding<'numeric'>, j: number, first: number): Statements {
  const value = `const double value = isnan(row[${j}]) ? ${double(median)} : row[${j}];`
  const lines = encodings.length === 0 ? [] : [value]
  let at = first
  for (const learned of encodings) {
    if (learned.kind === 'piecewise-linear') {
      const bins = learned.edges.length - 1
      lines.push(...binLines(learned, at))
      at += bins
    } else {
      lines.push(...curveLines(learned, at))
      at++
    }
  }
  if (indicator) lines.push(`x[${at++}] = (NAME_real)(isnan(row[${j}]) ? 1 : 0);`)
  return { inputs: at - first, lines }
}

function binLines({ edges }: Learned<'piecewise-linear'>, at: number): string[] {
  const bins = edges.length - 1
  return [
    `static const double edges[] = ${list(edges.map(double))};`,
    'int t;',
    `for (t = 0; t < ${bins}; t++)`,
    `  x[${at} + t] = (NAME_real)fmin(1.0, fmax(0.0, (value - edges[t]) / (edges[t + 1] - edges[t])));`,
  ]
}

type Curve = Exclude<LearnedEncoding, Learned<'piecewise-linear'>>

/** x = (curve(value) - mean) / deviation */
function curveLines(learned: Curve, at: number): string[] {
  const { mean, deviation } = learned
  const input = (curve: string) => `x[${at}] = (NAME_real)((${curve} - ${double(mean)}) / ${double(deviation)});`
  if (learned.kind === 'standard') return [input('value')]
  if (learned.kind === 'rank-normal') {
    const { knots, quantiles, spread } = learned
    return [
      `static const double knots[] = ${list(knots.map(double))};`,
      `static const double quantiles[] = ${list(quantiles.map(double))};`,
      input(`NAME_rank(value, ${knots.length}, knots, quantiles, ${double(spread)})`),
    ]
  }
  const z = `(value - ${double(learned.center)}) / ${double(learned.scale)}`
  return [input(learned.kind === 'asinh' ? `asinh(${z})` : `NAME_clip(${z})`)]
}
