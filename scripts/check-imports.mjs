// Imports go one way: an upper layer may import itself and what stands below it.
// Prints each import that goes another way as file:line and exits with 1.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

// Top to bottom, by folder; what stands in no folder of lib is the base, but for the public face.
const nativeLayers = ['addon', 'training', 'certificates', 'network', 'backend', 'support']
const libLayers = [
  ...['cli', 'report', 'index', 'sweep', 'estimators', 'network', 'fit', 'checkpoint', 'export', 'import'],
  ...['data', 'tables', 'io', 'machine', 'core', 'options', 'metrics', 'base', 'errors'],
]
const libFiles = { 'index.ts': 'index', 'load.ts': 'index', 'read-table.ts': 'index' }

function nativeLayer(path) {
  return path.split('/')[0]
}

function libLayer(path) {
  return libFiles[path] ?? (path.includes('/') ? path.split('/')[0] : 'base')
}

/** The reason why `from` may not import `to`, paths below the folder, or undefined. */
function wrongWay(layers, layerOf, from, to) {
  const [above, below] = [layerOf(from), layerOf(to)]
  return layers.indexOf(below) < layers.indexOf(above) ? `${above} may not import ${below}` : undefined
}

function checkNative(file, line) {
  const [, quoted, system] = /^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)/.exec(line) ?? []
  if (/^(napi|node_api|js_native_api)/.test(system ?? quoted ?? '')) {
    return nativeLayer(file) === 'addon' ? undefined : 'only addon may include the headers of Node-API'
  }
  if (quoted === undefined) return undefined
  const beside = join(dirname(file), quoted)
  return wrongWay(nativeLayers, nativeLayer, file, existsSync(join(root, 'native', beside)) ? beside : quoted)
}

/** What a line of a module imports, or undefined. */
function importedBy(line) {
  return /\b(?:from|import)\b\s*\(?\s*['"]([^'"]+)['"]/.exec(line)?.[1]
}

function checkLib(file, line) {
  const name = importedBy(line)
  if (!name?.startsWith('.')) return undefined
  const path = join(dirname(file), name.replace(/\.js$/, '.ts'))
  return path.startsWith('../data/') ? undefined : wrongWay(libLayers, libLayer, file, path) // schemas of standards
}

/** Experiments see of psilon what its users see. */
function checkExperiments(file, line) {
  const name = importedBy(line)
  if (name?.startsWith('#')) return 'experiments may not import the inside of psilon'
  if (!name?.startsWith('.')) return undefined
  const path = join(dirname(file), name)
  return path.startsWith('..') ? 'experiments may import packages and their own files alone' : undefined
}

/** The violations below a folder; `check` gives the reason why a line of a file is one. */
function violations(folder, endings, check) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .sort()
    .flatMap((file) => {
      const lines = readFileSync(join(root, folder, file), 'utf8').split('\n')
      return lines.flatMap((line, i) => {
        const reason = check(file, line)
        return reason === undefined ? [] : [`${folder}/${file}:${i + 1}: ${reason}: ${line.trim()}`]
      })
    })
}

const found = [
  ...violations('native', ['.h', '.cpp', '.cu', '.cuh'], checkNative),
  ...violations('lib', ['.ts'], checkLib),
  ...['lib', 'test'].flatMap((part) =>
    violations(`experiments/${part}`, ['.ts'], (file, line) => checkExperiments(join(part, file), line)),
  ),
]
for (const violation of found) console.error(violation)
process.exitCode = found.length === 0 ? 0 : 1
