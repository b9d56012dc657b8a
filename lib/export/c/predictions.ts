import type { ColumnEncoding } from '../../data/column-encoding.js'
import type { Label } from '../../data/target.js'
import { type Answer, type ExportedModel, inverses } from '../exported-model.js'
import { double, list, literal } from './text.js'

export function predictionFunctions(model: ExportedModel): string[] {
  const { answer, columns } = model
  const row = columns === null ? 'const NAME_real *row' : 'const double *row'
  const levels = columns === null ? [] : levelFunctions(columns)
  if (answer.kind === 'number') return [...levels, numberFunction(model, answer, row)]
  if (answer.kind === 'class') return [...levels, ...classFunctions(model, answer.labels)]
  return outputFunctions(model, answer, row)
}

/** Statements that compute the outputs of `row`. */
function computed({ columns, inputs }: ExportedModel, to: string): string {
  if (columns === null) return `  NAME_outputs(row, ${to});`
  return `  NAME_real x[${inputs}];\n  NAME_inputs(row, x);\n  NAME_outputs(x, ${to});`
}

function numberFunction(model: ExportedModel, answer: Extract<Answer, { kind: 'number' }>, row: string) {
  const { transform, center, scale } = answer
  const value = `output * ${double(scale)} + ${double(center)}`
  return `static inline double NAME_predict(${row}) {
  double output;
${computed(model, '&output')}
  return ${transform === 'none' ? value : `${inverses[transform]}(${value})`};
}`
}

function classFunctions(model: ExportedModel, labels: readonly Label[]): string[] {
  const logits = (to: string) => `  NAME_real x[${model.inputs}];\n  NAME_inputs(row, x);\n  NAME_logits(x, ${to});`
  return [
    `/* The text of a class. */
static inline const char *NAME_class(int number) {
  static const char *const classes[] = ${list(labels.map((label) => literal(String(label))))};
  return number < 0 || number >= ${labels.length} ? "" : classes[number];
}`,
    softmaxFunction,
    logitsFunction(labels.length),
    `/* The number of the most likely class. */
static inline int NAME_predict(const double *row) {
  double logits[${labels.length}];
  int k, best = 0;
${logits('logits')}
  for (k = 1; k < ${labels.length}; k++)
    if (logits[k] > logits[best]) best = k;
  return best;
}`,
    `/* The probability of each of ${labels.length} classes. */
static inline void NAME_predict_proba(const double *row, double *probabilities) {
${logits('probabilities')}
  NAME_softmax(probabilities, ${labels.length});
}`,
  ]
}

/** Of two classes the first has the logit 0. */
export const logitsFunction = (
  classes: number,
): string => `static inline void NAME_logits(const NAME_real *x, double *logits) {
  NAME_outputs(x, logits);${classes === 2 ? '\n  logits[1] = logits[0];\n  logits[0] = 0.0;' : ''}
}`

function outputFunctions(model: ExportedModel, { outputs, link }: Extract<Answer, { kind: 'outputs' }>, row: string) {
  const predict = `/* ${outputs} raw outputs. */
static inline void NAME_predict(${row}, double *outputs) {
${computed(model, 'outputs')}
}`
  if (link === 'none') return [predict]
  const [called, statements] =
    link === 'softmax'
      ? [[softmaxFunction], `  NAME_softmax(probabilities, ${outputs});`]
      : [[], `  for (k = 0; k < ${outputs}; k++) probabilities[k] = 1.0 / (1.0 + exp(-probabilities[k]));`]
  return [
    predict,
    ...called,
    `static inline void NAME_predict_proba(${row}, double *probabilities) {
${link === 'softmax' ? '' : '  int k;\n'}  NAME_predict(row, probabilities);
${statements}
}`,
  ]
}

const softmaxFunction = `static inline void NAME_softmax(double *logits, int count) {
  double largest = logits[0], sum = 0.0;
  int k;
  for (k = 1; k < count; k++) largest = fmax(largest, logits[k]);
  for (k = 0; k < count; k++) sum += logits[k] = exp(logits[k] - largest);
  for (k = 0; k < count; k++) logits[k] /= sum;
}`

/** Finds the number of a level by its text, if there are categories. */
function levelFunctions(columns: readonly ColumnEncoding[]): string[] {
  const all = columns.flatMap((column, j) => {
    if (column.kind === 'numeric') return []
    return column.levels.map((level, k) => `{${j}, ${k}, ${literal(level)}}`)
  })
  if (all.length === 0) return []
  return [
    `/* The number of a level of a column, as a row has it; -1 for one that training did not see. */
static inline double NAME_level(int column, const char *text) {
  static const struct {
    int column, number;
    const char *text;
  } levels[] = ${list(all)};
  int i, k;
  for (i = 0; i < ${all.length}; i++) {
    if (levels[i].column != column) continue;
    for (k = 0; text[k] == levels[i].text[k] && text[k] != '\\0'; k++) {
    }
    if (text[k] == levels[i].text[k]) return levels[i].number;
  }
  return -1.0;
}`,
  ]
}
