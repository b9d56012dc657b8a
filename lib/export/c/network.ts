import type { ExportedModel } from '../exported-model.js'
import type { StoredLayer, StoredMember } from '../stored-layers.js'
import { unitOf, type WeightFormat } from '../weights/formats.js'
import { packColumns, packNumbers } from '../weights/packed.js'
import { double, float, list } from './text.js'

/** The functions of a header that compute the networks and their mean. */
export function networkFunctions(
  members: readonly StoredMember[],
  model: ExportedModel,
  format: WeightFormat,
): readonly string[] {
  return [...(format === 'float16' ? [half] : []), outputsFunction(members, model, format)]
}

const half = `/* The float16 with these bits. */
static inline NAME_real NAME_half(unsigned bits) {
  const int exponent = (int)(bits >> 10 & 31), fraction = (int)(bits & 1023);
  const double size = exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
  return (NAME_real)(bits >> 15 ? -size : size);
}`

/** How a header has the numbers of the networks. */
const stored = {
  exact: { type: 'NAME_real', weight: 'numbers[number++]', bias: 'numbers[number++]' },
  float16: {
    type: 'unsigned short',
    weight: 'NAME_half(numbers[number++])',
    bias: 'NAME_half(numbers[number++])',
  },
  int8: {
    type: 'signed char',
    weight: 'layers[layer].unit * (NAME_real)numbers[number++]',
    bias: 'layers[layer].bias_unit * (NAME_real)numbers[number++]',
  },
} as const satisfies Record<WeightFormat, object>

function outputsFunction(members: readonly StoredMember[], { dtype, inputs }: ExportedModel, format: WeightFormat) {
  const { type, bias } = stored[format]
  const layers = members.flatMap((member) => member.layers)
  const widest = Math.max(inputs, ...layers.flatMap(({ rows, columns }) => [rows, columns]))
  const outputs = layers[layers.length - 1].rows
  const takes = members.flatMap(({ takes }) => takes ?? [])
  const hasCrelu = layers.some(({ crelu }) => crelu)
  const columns = packColumns(members)
  const largest = columns.reduce((most, each) => Math.max(most, each), 0)
  const real = dtype === 'float32' ? float : double
  const numbers = packNumbers(members, format).map(format === 'exact' ? real : String)
  return `/* The mean of the networks' outputs. */
static inline void NAME_outputs(const NAME_real *x, double *outputs) {
  /* For each row of weights the number of those that are not 0 and, unless all are, their columns. */
  static const unsigned ${largest < 2 ** 8 ? 'char' : largest < 2 ** 16 ? 'short' : 'int'} columns[] = ${list(columns.map(String))};
  /* The weights of each row that are not 0, and its bias. */
  static const ${type} numbers[] = ${list(numbers)};
  static const struct {
    int rows, columns, ${hasCrelu ? 'crelu, residual, ' : ''}relu;
${format === 'int8' ? '    NAME_real unit, bias_unit;\n' : ''}  } layers[] = ${list(layers.map((layer) => shapeOf(layer, { hasCrelu, format, real })))};
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
${hasCrelu ? rowOfCrelu(format) : rowOf(format)}
        if (!all) column += count;
        sum += ${bias};
        out[i] = layers[layer].relu && sum < 0 ? 0 : sum;
      }
      y = out;
    }
    for (i = 0; i < ${outputs}; i++) outputs[i] += (double)y[i] / ${double(members.length)};
  }
}`
}

function shapeOf(
  { crelu, residual, rows, columns, relu, weights, biases }: StoredLayer,
  { hasCrelu, format, real }: { hasCrelu: boolean; format: WeightFormat; real: (value: number) => string },
): string {
  const flags = [...(hasCrelu ? [crelu, residual] : []), relu]
  const units = format === 'int8' ? [weights, biases].map((numbers) => real(unitOf(numbers))) : []
  return `{${[rows, columns, ...flags.map(Number), ...units].join(', ')}}`
}

const rowOf = (format: WeightFormat) => `        const int count = columns[column++], all = count == width;
        NAME_real sum = 0;
        for (k = 0; k < count; k++)
          sum += ${stored[format].weight} * y[all ? k : (int)columns[column + k]];`

/** The columns of max(y, 0) and then those of min(y, 0). */
const rowOfCrelu = (
  format: WeightFormat,
) => `        const int crelu = layers[layer].crelu, count = columns[column++], all = count == (1 + crelu) * width;
        NAME_real sum = layers[layer].residual ? y[i] : 0;
        for (k = 0; k < count; k++) {
          const int j = all ? k : (int)columns[column + k], below = j >= width;
          const NAME_real value = y[below ? j - width : j], weight = ${stored[format].weight};
          if (!crelu || (below ? value < 0 : value > 0)) sum += weight * value;
        }`
