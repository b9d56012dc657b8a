import { double, float, list } from './c-text.js'
import type { ExportedModel } from './exported-model.js'
import { packColumns, packNumbers } from './packed-weights.js'
import type { StoredLayer, StoredMember } from './stored-layers.js'

/** The function of a header that computes the networks and their mean. */
export function networkFunction(members: readonly StoredMember[], { dtype, inputs }: ExportedModel): string {
  const layers = members.flatMap((member) => member.layers)
  const widest = Math.max(inputs, ...layers.flatMap(({ rows, columns }) => [rows, columns]))
  const outputs = layers[layers.length - 1].rows
  const takes = members.flatMap(({ takes }) => takes ?? [])
  const hasCrelu = layers.some(({ crelu }) => crelu)
  const columns = packColumns(members)
  const largest = columns.reduce((most, each) => Math.max(most, each), 0)
  const numbers = packNumbers(members).map(dtype === 'float32' ? float : double)
  return `/* The mean of the networks' outputs. */
static inline void NAME_outputs(const NAME_real *x, double *outputs) {
  /* For each row of weights the number of those that are not 0 and, unless all are, their columns. */
  static const unsigned ${largest < 2 ** 8 ? 'char' : largest < 2 ** 16 ? 'short' : 'int'} columns[] = ${list(columns.map(String))};
  /* The weights of each row that are not 0, and its bias. */
  static const NAME_real numbers[] = ${list(numbers)};
  static const struct {
    int rows, columns, ${hasCrelu ? 'crelu, residual, ' : ''}relu;
  } layers[] = ${list(layers.map((layer) => shapeOf(layer, hasCrelu)))};
  static const int depths[] = ${list(members.map((member) => String(member.layers.length)))};
${takes.length === 0 ? '' : `  static const int taken[] = ${list(takes.map(String))};\n`}  NAME_real z[2][${widest}];
  int member, layer = 0, column = 0, number = 0, ${takes.length === 0 ? '' : 'take = 0, '}d, i, k;
  for (i = 0; i < ${outputs}; i++) outputs[i] = 0.0;
  for (member = 0; member < ${members.length}; member++) {
    const NAME_real *y = z[0];
    for (i = 0; i < layers[layer].columns; i++) z[0][i] = x[${takes.length === 0 ? 'i' : 'taken[take++]'}];
    for (d = 0; d < depths[member]; d++, layer++) {
      const int rows = layers[layer].rows, width = layers[layer].columns;
      NAME_real *const out = z[(d + 1) % 2];
      for (i = 0; i < rows; i++) {
${hasCrelu ? rowOfCrelu : row}
        sum += numbers[number++];
        out[i] = layers[layer].relu && sum < 0 ? 0 : sum;
      }
      y = out;
    }
    for (i = 0; i < ${outputs}; i++) outputs[i] += (double)y[i] / ${double(members.length)};
  }
}`
}

function shapeOf({ crelu, residual, rows, columns, relu }: StoredLayer, hasCrelu: boolean): string {
  const flags = [...(hasCrelu ? [crelu, residual] : []), relu]
  return `{${[rows, columns, ...flags.map(Number)].join(', ')}}`
}

const row = `        const int count = columns[column++], all = count == width;
        NAME_real sum = 0;
        for (k = 0; k < count; k++) sum += numbers[number++] * y[all ? k : (int)columns[column + k]];
        if (!all) column += count;`

/** The columns of max(y, 0) and then those of min(y, 0). */
const rowOfCrelu = `        const int crelu = layers[layer].crelu, count = columns[column++], all = count == (1 + crelu) * width;
        NAME_real sum = layers[layer].residual ? y[i] : 0;
        for (k = 0; k < count; k++) {
          const int j = all ? k : (int)columns[column + k], below = j >= width;
          const NAME_real value = y[below ? j - width : j];
          if (!crelu || (below ? value < 0 : value > 0)) sum += numbers[number] * value;
          number++;
        }
        if (!all) column += count;`
