import { classCount, type MarginBounds } from '../bounds/margins.js'
import type { ExportedModel } from '../exported-model.js'
import { logitsFunction } from './predictions.js'
import { double, list } from './text.js'

/** How far a row can move in a header, and the bounds that this needs (bounds/margins.ts). */
export function radiusFunctions(model: ExportedModel, bounds: MarginBounds): string[] {
  const logits = model.columns === null ? [logitsFunction(classCount(model.answer))] : []
  return [...logits, certainFunction(model, bounds), movedFunction(model), radiusFunction(model)]
}

function certainFunction({ inputs, answer }: ExportedModel, { slopes, roundings, limit }: MarginBounds): string {
  const classes = classCount(answer)
  return `/* Whether the class is \`own\` for all inputs from least to most. */
static inline int NAME_is_certain(int own, const NAME_real *least, const NAME_real *most) {
  /* How much the difference of two logits changes at most with each input: ${inputs} numbers for each two classes. */
  static const double slopes[] = ${list(slopes.flat().map(double))};
  /* What rounding changes at most, of inputs of 0 and by the size of each; 0 for an input without effect. */
  static const double roundings[] = ${list(roundings.map(double))};
  const double limit = ${double(limit)};
  NAME_real centers[${inputs}];
  double halves[${inputs}], logits[${classes}], rounding = roundings[0];
  int j, k;
  for (j = 0; j < ${inputs}; j++) {
    const double low = (double)least[j], high = (double)most[j];
    centers[j] = 0;
    halves[j] = 0.0;
    if (!(roundings[j + 1] > 0.0)) continue;
    if (!(fabs(low) <= limit && fabs(high) <= limit)) return 0;
    centers[j] = (NAME_real)((low + high) / 2.0);
    halves[j] = fmax(high - (double)centers[j], (double)centers[j] - low);
    rounding += roundings[j + 1] * fmax(fabs(low), fabs(high));
  }
  NAME_logits(centers, logits);
  for (k = 0; k < ${classes}; k++) {
    const int a = k < own ? k : own, b = k < own ? own : k;
    double change = rounding;
    if (k == own) continue;
    for (j = 0; j < ${inputs}; j++) change += slopes[(b * (b - 1) / 2 + a) * ${inputs} + j] * halves[j];
    if (!(logits[own] - logits[k] > change)) return 0;
  }
  return 1;
}`
}

function movedFunction({ columns, inputs }: ExportedModel): string {
  if (columns === null) {
    return `/* The inputs, all moved by as much. */
static inline void NAME_moved(const NAME_real *row, double by, NAME_real *x) {
  int j;
  for (j = 0; j < ${inputs}; j++) x[j] = (NAME_real)((double)row[j] + by);
}`
  }
  const deviations = columns.map((column) => double(column.kind === 'numeric' ? column.deviation : 0))
  return `/* The inputs where every number of the row has moved by so many deviations of its column. */
static inline void NAME_moved(const double *row, double by, NAME_real *x) {
  static const double deviations[] = ${list(deviations)}; /* 0 for a category */
  double moved[${columns.length}];
  int j;
  for (j = 0; j < ${columns.length}; j++) moved[j] = deviations[j] > 0.0 ? row[j] + by * deviations[j] : row[j];
  NAME_inputs(moved, x);
}`
}

function radiusFunction({ columns, inputs, answer }: ExportedModel): string {
  const classes = classCount(answer)
  const row = columns === null ? 'const NAME_real *row' : 'const double *row'
  const says =
    columns === null
      ? `every input by less than this. 0 where rounding
 * alone may change the class; INFINITY if nothing can.`
      : `every number by less than this many deviations of
 * its column, while categories and missing cells stay. 0 where rounding alone may change the class; INFINITY if nothing can.`
  return `static inline int NAME_is_certain_within(int own, ${row}, double distance) {
  NAME_real least[${inputs}], most[${inputs}];
  NAME_moved(row, -distance, least);
  NAME_moved(row, distance, most);
  return NAME_is_certain(own, least, most);
}

/* How far a row can move before its class may change: ${says} */
static inline double NAME_radius(${row}) {
  NAME_real x[${inputs}];
  double logits[${classes}], low = 0.0, high = INFINITY, next = 1.0;
  int k, own = 0;
  NAME_moved(row, 0.0, x);
  NAME_logits(x, logits);
  for (k = 1; k < ${classes}; k++)
    if (logits[k] > logits[own]) own = k;
  if (NAME_is_certain_within(own, row, INFINITY)) return INFINITY;
  while (high > 0x1p-40 && low < 0x1p40 && high > low * (1.0 + 0x1p-12)) {
    if (NAME_is_certain_within(own, row, next * (1.0 + 0x1p-50)))
      low = next;
    else
      high = next;
    next = isinf(high) ? 4.0 * low : low > 0.0 ? (low + high) / 2.0 : high / 4.0;
  }
  return low;
}`
}
