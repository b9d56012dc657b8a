import { checkString, refuse } from '../checks.js'
import { boolean, oneOf } from '../options/kinds.js'
import type { Declarations, ValueKind } from '../options/option.js'
import { type WeightFormat, weightFormats } from './weights/formats.js'

/** Options of both forms of code. */
interface CodeOptions {
  /**
   * Whether it has the path norm, the Lipschitz constant and the influences too and, of a model with classes, how far a row can
   * move before its class may change. Default false.
   */
  bounds?: boolean | undefined
  /**
   * How it has the weights: 'exact' as the model predicts with them, 'float16' and 'int8' as the nearest numbers of 16 and of 8
   * bits. Default 'exact'.
   */
  weights?: WeightFormat | undefined
}

const codeOptions = {
  bounds: {
    kind: boolean,
    default: false,
    sentence:
      'Whether it has the path norm, the Lipschitz constant and the influences too and, of a model with classes, how far a row can move before its class may change.',
    flag: {
      usage: '--bounds',
      sentence:
        'With --js and --c: the path norm, the Lipschitz constant and the influences too and, of a model with classes, how far a row can move before its class may change.',
    },
  },
  weights: {
    kind: oneOf(weightFormats),
    default: 'exact',
    sentence:
      "How it has the weights: 'exact' as the model predicts with them, 'float16' and 'int8' as the nearest numbers of 16 and of 8 bits.",
    flag: {
      usage: '--weights <format>',
      sentence: 'With --js and --c: the weights as the model has them, or the nearest numbers of 16 or of 8 bits.',
    },
  },
} satisfies Declarations<CodeOptions>

/** Options of toJavaScript. */
export interface JavaScriptOptions extends CodeOptions {
  /**
   * Whether it has only what predictions need: no comments, no `selfTest`, and no levels of categories that change nothing. Default
   * false.
   */
  minimal?: boolean | undefined
}

export const javascriptOptions = {
  ...codeOptions,
  minimal: {
    kind: boolean,
    default: false,
    sentence:
      'Whether it has only what predictions need: no comments, no `selfTest`, and no levels of categories that change nothing.',
    flag: {
      usage: '--minimal',
      sentence: 'With --js: only what predictions need, without comments, selfTest, and levels that change nothing.',
    },
  },
} satisfies Declarations<JavaScriptOptions>

/** Options of toC. */
export interface CExportOptions extends CodeOptions {
  /** What the names of the functions begin with. Default 'model'. */
  name?: string | undefined
}

const cName: ValueKind<string> = {
  type: 'text',
  values: 'a name in C',
  check(name, value) {
    const given = checkString(name, value)
    return /^[A-Za-z]\w{0,40}$/.test(given) ? given : refuse(name, 'a name in C, such as model', value)
  },
}

export const cExportOptions = {
  ...codeOptions,
  name: {
    kind: cName,
    default: 'model',
    sentence: 'What the names of the functions begin with.',
    flag: {
      usage: '--name <name>',
      sentence: 'What the names of the functions begin with. With --c alone; default model.',
    },
  },
} satisfies Declarations<CExportOptions>

export const inputForms = ['columns', 'matrix'] as const

/** Options of an estimator's toOnnx. */
export interface OnnxOptions {
  /**
   * Inputs of the model: 'columns' one for each column, [rows, 1]; 'matrix' all columns together as doubles, for columns
   * of numbers alone. Default 'columns'.
   */
  inputs?: (typeof inputForms)[number] | undefined
}

export const onnxOptions = {
  inputs: {
    kind: oneOf(inputForms),
    default: 'columns',
    sentence:
      "Inputs of the model: 'columns' one for each column, [rows, 1]; 'matrix' all columns together as doubles, for columns of numbers alone.",
  },
} satisfies Declarations<OnnxOptions>
