import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** @param {string} tool */
export function onPath(tool) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, tool)))
}
