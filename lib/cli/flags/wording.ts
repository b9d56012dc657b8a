import type { Command } from 'commander'
import { apiWording, type Wording } from '../../errors/refusal.js'
import { allEstimatorOptions } from '../../estimators/estimator-options.js'
import { flagNames } from './option-flags.js'

const declared = flagNames(allEstimatorOptions)

const hyphenated = (option: string): string =>
  `--${option.replace(/[.A-Z]/g, (mark) => (mark === '.' ? '-' : `-${mark.toLowerCase()}`))}`

/** The command that runs. */
let running: Command | undefined

export function begin(command: Command): void {
  running = command
}

/** What runs, as messages call it: a command of psilon, or psilon itself before one begins. */
export function operation(): string {
  let command = running
  while (command?.parent?.parent) command = command.parent
  return command?.name() ?? 'psilon'
}

/** Options by the flags of the command that runs; those that it has no flag for as the API calls them. */
export const flagWording: Wording = {
  name(option) {
    const [, name, rest] = /^([\w.]*)(.*)$/s.exec(option) as RegExpExecArray
    const flag = flagOf(name)
    return flag === undefined ? option : `${flag}${rest}`
  },
  setting(option, value) {
    const flag = flagOf(option)
    if (flag === undefined) return apiWording.setting(option, value)
    return `${flag} ${typeof value === 'string' ? value : quoted(value.map(csvCell).join(','))}`
  },
}

function flagOf(option: string): string | undefined {
  const flag = declared.get(option) ?? hyphenated(option)
  return running?.options.some(({ long }) => long === flag) ? flag : undefined
}

/** As a shell reads it. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

const csvCell = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
