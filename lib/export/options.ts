import { checkString, refuse } from '../checks.js'
import { boolean, oneOf } from '../options/kinds.js'
import type { Declarations, ValueKind } from '../options/option.js'

/** Options of toJavaScript. */
export interface JavaScriptOptions {
  /** Whether the module has the path norm, the Lipschitz constant and the influences too. Default false. */
  bounds?: boolean | undefined
}

export const javascriptOptions = {
  bounds: {
    kind: boolean,
    default: false,
    sentence: 'Whether the module has the path norm, the Lipschitz constant and the influences too.',
  },
} satisfies Declarations<JavaScriptOptions>

/** Options of toC. */
export interface CExportOptions {
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
  name: { kind: cName, default: 'model', sentence: 'What the names of the functions begin with.' },
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
