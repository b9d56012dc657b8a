import type { Command } from 'commander'
import { apiWording, type Wording } from '../../errors/refusal.js'
import { allEstimatorOptions } from '../../estimators/estimator-options.js'
import { fitOptions } from '../../fit/options.js'
import { pathsOf, pick } from '../../options/option.js'
import { flagOf } from './option-flags.js'

/** What options are called on the command line: `--prune-from` for `prune.from`. */
const declared = new Map(
  pathsOf({ ...allEstimatorOptions, ...pick(fitOptions, ['checkpoint']) }).map(([path, option]) => [
    path,
    option.flag && flagOf(option).long,
  ]),
)

const hyphenated = (option: string): string =>
  `--${option.replace(/[.A-Z]/g, (mark) => (mark === '.' ? '-' : `-${mark.toLowerCase()}`))}`

let running: Command | undefined

export function begin(command: Command): void {
  running = command
}

/** Name of the running command in messages; `psilon` before one begins. */
export function operation(): string {
  let command = running
  while (command?.parent?.parent) command = command.parent
  return command?.name() ?? 'psilon'
}

/** Names options by the flags of the running command, or as the API does if there is no such flag. */
export const flagWording: Wording = {
  name(option) {
    const [, name, rest] = /^([\w.]*)(.*)$/s.exec(option) as RegExpExecArray
    const flag = flagNamed(name)
    return flag === undefined ? option : `${flag}${rest}`
  },
  setting(option, value) {
    const flag = flagNamed(option)
    if (flag === undefined) return apiWording.setting(option, value)
    return `${flag} ${typeof value === 'string' ? value : quoted(value.map(csvCell).join(','))}`
  },
}

function flagNamed(option: string): string | undefined {
  const flag = declared.get(option) ?? hyphenated(option)
  return running?.options.some(({ long }) => long === flag) ? flag : undefined
}

/** Quoted for a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

const csvCell = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
