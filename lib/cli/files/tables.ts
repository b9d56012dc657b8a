import { parse } from 'csv-parse/sync'
import { option, Refusal, words } from '../../errors/refusal.js'
import { fileName } from '../../io/file-error.js'
import { type Reading, readingOf } from '../../tables/read-options.js'
import { standardInput } from '../../tables/source.js'
import { readTable, type Table } from '../../tables/table.js'

/** Name of a table's file in printed lines. */
export const shownName = (file: string): string => (file === '-' ? 'standard input' : fileName(file))

/** How a table is read: --decimal, --missing and --dates. */
export interface TableFlags {
  decimal?: '.' | ','
  missing?: string[]
  dates?: string[]
}

/** Reads the file that an argument names, `-` for standard input. */
export function tableOf(file: string, reading?: Reading): Promise<Table> {
  return readTable(file === '-' ? standardInput : file, reading)
}

/** @param known the reading for flags that are not given. */
export function readingOfFlags({ decimal, missing, dates }: TableFlags, known?: Reading): Reading {
  const texts = missing === undefined ? known?.missing : missing.flatMap((text) => listOf('missing', text))
  const names = dates?.flatMap((text) => listOf('dates', text)) ?? known?.dates
  const all = names?.length === 1 && names[0] === 'auto'
  return readingOf({ decimal: decimal ?? known?.decimal, missing: texts, dates: all ? 'auto' : names })
}

/** The columns named by the texts of an option: each text is one name, or a list of names like a row of CSV. */
export function namesOf(by: string, texts: readonly string[], table: Table): string[] {
  const names = texts.flatMap((text) => {
    return table.names.includes(text.trim()) ? [text.trim()] : listOf(by, text)
  })
  return [...new Set(names)]
}

/** Splits a list at its commas; texts that contain one are in double quotes. */
export function listOf(by: string, text: string): string[] {
  try {
    const [names = []] = parse(text, { trim: true, relax_column_count: true }) as string[][]
    return names.map((name) => name.trim()).filter((name) => name !== '')
  } catch (cause) {
    const message = words`${option(by)} is ${JSON.stringify(text)}, expected names separated by commas`
    throw new Refusal('ERR_OPTION', message, { cause })
  }
}
