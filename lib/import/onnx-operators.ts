import { answer, chances, concat, named, subtract } from './onnx-answers.js'
import { add, gemm, limited, matMul, type Operator, relu } from './onnx-layers.js'
import { cast, constant, dropout, flatten, identity, reshape, squeeze, transpose } from './onnx-shapes.js'

interface Known {
  apply: Operator
  /** The number of its inputs. */
  most: number
  /** The names of its attributes. */
  attributes: readonly string[]
}

const known = (apply: Operator, most: number, ...attributes: string[]): Known => ({ apply, most, attributes })

/** The operators that graphs may have, by their names. */
export const operators: ReadonlyMap<string, Known> = new Map([
  ['Gemm', known(gemm, 3, 'alpha', 'beta', 'transA', 'transB')],
  ['MatMul', known(matMul, 2)],
  ['Add', known(add, 2)],
  ['Relu', known(relu, 1)],
  ['Max', known(limited('above'), 2)],
  ['Min', known(limited('below'), 2)],
  ['Concat', known(concat, 2, 'axis')],
  ['Softmax', known(chances('softmax'), 1, 'axis')],
  ['LogSoftmax', known(chances('softmax'), 1, 'axis')],
  ['Sigmoid', known(chances('sigmoid'), 1)],
  ['Sub', known(subtract, 2)],
  ['ArgMax', known(answer, 1, 'axis', 'keepdims', 'select_last_index')],
  ['ai.onnx.ml.ArrayFeatureExtractor', known(named, 2)],
  ['ai.onnx.ml.Binarizer', known(answer, 1, 'threshold')],
  ['ai.onnx.ml.ZipMap', known(answer, 1, 'classlabels_int64s', 'classlabels_strings')],
  ['Identity', known(identity, 1)],
  ['Dropout', known(dropout, 3, 'ratio', 'seed')],
  ['Cast', known(cast, 1, 'to', 'saturate', 'round_mode')],
  ['Flatten', known(flatten, 1, 'axis')],
  ['Reshape', known(reshape, 2, 'allowzero')],
  ['Squeeze', known(squeeze, 2, 'axes')],
  ['Transpose', known(transpose, 1, 'perm')],
  ['Constant', known(constant, 0, 'value', 'value_ints')],
])
