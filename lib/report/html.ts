/** Text of a page in which everything has been escaped that must be. */
export class Markup {
  constructor(readonly text: string) {}
}

type Value = Markup | string | number | readonly Value[]

/** Markup from a template; values are escaped, unless they are markup. Lists are joined. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  const parts = values.map((value, i) => textOf(value) + strings[i + 1])
  return new Markup(strings[0] + parts.join(''))
}

export const nothing = new Markup('')

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function textOf(value: Value): string {
  if (value instanceof Markup) return value.text
  if (Array.isArray(value)) return value.map(textOf).join('')
  return String(value).replace(/[&<>"']/g, (character) => entities[character])
}
