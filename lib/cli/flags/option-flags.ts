import { type Command, Option as Flag } from 'commander'
import { defaultText, type Option, pathsOf } from '../../options/option.js'
import { collected, integer, number, numberOr, numbers, widths } from './values.js'

/** Flags of a command for options of the library, from their declarations. */

type Given = Record<string, unknown>

export function addFlags(command: Command, declarations: object): Command {
  for (const [, option] of pathsOf(declarations)) {
    if (option.flag !== undefined) command.addOption(flagOf(option))
  }
  return command
}

export function flagOf(option: Option<unknown>): Flag {
  const { kind, flag: declared, sentence } = option
  const text = defaultText(option, '"')
  const flag =
    typeof declared === 'object'
      ? new Flag(declared.usage, declared.sentence)
      : new Flag(declared as string, text === '' ? sentence : `${sentence} Default ${text}.`)
  if (kind.choices !== undefined) return flag.choices(kind.choices)
  const parsers = {
    integer,
    number,
    numbers,
    widths,
    texts: collected,
    'number or word': numberOr(kind.word as string),
  }
  const parse = parsers[kind.type as keyof typeof parsers]
  return parse === undefined ? flag : flag.argParser(parse as never)
}

/** The options that flags give, and no others. */
export function optionsOf(flags: object, declarations: object): Given {
  const options: Given = {}
  for (const [path, option] of pathsOf(declarations)) {
    if (option.flag === undefined) continue
    const flag = flagOf(option)
    const value = (flags as Given)[flag.attributeName()]
    if (value === undefined || (flag.negate && value === true)) continue
    setAt(options, path.split('.'), value)
  }
  return options
}

function setAt(options: Given, [name, ...inner]: string[], value: unknown): void {
  if (inner.length === 0) options[name] = value
  else {
    options[name] ??= {}
    setAt(options[name] as Given, inner, value)
  }
}
