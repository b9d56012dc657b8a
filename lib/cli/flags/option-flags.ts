import { type Command, Option as Flag } from 'commander'
import { defaultText, type Option, pathsOf } from '../../options/option.js'
import { collected, integer, number, numberOr, numbers, widths } from './values.js'

/** Flags of a command for options of the library, from their declarations. */
type AnyOptions = object
type Given = Record<string, unknown>

/** Adds a flag for each option that has one. */
export function addFlags(command: Command, declarations: AnyOptions): Command {
  for (const [, option] of pathsOf(declarations)) {
    if (option.flag !== undefined) command.addOption(flagOf(option))
  }
  return command
}

/** The flag of one option. */
export function flagOf(option: Option<unknown>): Flag {
  const { usage, sentence } = flagText(option)
  const flag = new Flag(usage, sentence)
  if (option.kind.choices !== undefined) return flag.choices(option.kind.choices)
  const parse = parserOf(option)
  return parse === undefined ? flag : flag.argParser(parse as never)
}

function flagText(option: Option<unknown>): { usage: string; sentence: string } {
  if (typeof option.flag === 'object') return option.flag
  const text = defaultText(option, '"')
  const sentence = text === '' ? option.sentence : `${option.sentence} Default ${text}.`
  return { usage: option.flag as string, sentence }
}

/** Ranges are checked by the library. */
function parserOf({ kind }: Option<unknown>): ((text: string, before: never) => unknown) | undefined {
  const parsers = {
    integer,
    number,
    numbers,
    widths,
    texts: collected,
    'number or word': numberOr(kind.word as string),
  }
  return parsers[kind.type as keyof typeof parsers]
}

/** The options that flags give, and no others. */
export function optionsOf(flags: object, declarations: AnyOptions): Given {
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
  if (inner.length === 0) {
    options[name] = value
    return
  }
  options[name] ??= {}
  setAt(options[name] as Given, inner, value)
}

/** What options are called on the command line: `--prune-from` for `prune.from`. */
export function flagNames(declarations: AnyOptions): ReadonlyMap<string, string> {
  return new Map(
    pathsOf(declarations).flatMap(([path, option]) =>
      option.flag === undefined ? [] : [[path, flagOf(option).long ?? '']],
    ),
  )
}
