import { checkOptions } from '../options/option.js'
import { cOf } from './c/model.js'
import { codeOf, type Exportable } from './exported-code.js'
import { javascriptOf } from './javascript/model.js'
import { onnxOf } from './onnx/model.js'
import {
  type CExportOptions,
  cExportOptions,
  type JavaScriptOptions,
  javascriptOptions,
  type OnnxOptions,
} from './options.js'

/** A model in its other forms, with the options that users give. */

export function javascriptFrom(source: Exportable, options: JavaScriptOptions): string {
  const { minimal, ...given } = checkOptions(javascriptOptions, options)
  return javascriptOf(codeOf(source, given), { reading: source.reading, minimal })
}

export function cFrom(source: Exportable, options: CExportOptions): string {
  const { name, ...given } = checkOptions(cExportOptions, options)
  return cOf(codeOf(source, given), name)
}

export function onnxFrom(source: Exportable, options: OnnxOptions = {}): Uint8Array {
  return onnxOf(source.model(), source.bounds(), options)
}
