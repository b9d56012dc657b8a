import { ByKind, Computed, type Option, type ValueKind } from './option.js'

/** Texts about options in documentation and help. */

/** The default in words: `'mse'`, `2e-3, resnet 2e-2`; empty if there is none. @param quote around texts. */
export function defaultText({ default: given, otherwise }: Option<unknown>, quote = "'"): string {
  const text = (value: unknown): string => {
    if (typeof value === 'number' && value > 0 && value < 0.1) return value.toExponential()
    return typeof value === 'string' ? `${quote}${value}${quote}` : String(value)
  }
  if (given === undefined) return otherwise ?? ''
  if (given instanceof Computed) return given.text
  return given instanceof ByKind ? `${text(given.mlp)}, resnet ${text(given.resnet)}` : text(given)
}

/** `Sections 2 and 3.`, with a blank before it. */
export const sectionText = (sections: readonly number[] = []): string => {
  if (sections.length === 0) return ''
  return sections.length === 1
    ? ` Section ${sections[0]}.`
    : ` Sections ${sections.slice(0, -1).join(', ')} and ${sections.at(-1)}.`
}

const numeric: readonly ValueKind<unknown>['type'][] = ['integer', 'number', 'number or word', 'numbers']

/** The docstring of an option: its sentence, the sections, the range of numbers and the default. */
export function docstringOf(option: Option<unknown>): string {
  const { kind, sentence, sections } = option
  const range = numeric.includes(kind.type) && kind.values !== '' ? ` ${capitalised(kind.values)}.` : ''
  const text = defaultText(option)
  return `${sentence}${sectionText(sections)}${range}${text === '' ? '' : ` Default ${text}.`}`
}

const capitalised = (text: string): string => text[0].toUpperCase() + text.slice(1)
