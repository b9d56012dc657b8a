import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Writes each TypeScript file of these folders as JavaScript beside it, if that is not newer already; types are checked by
 * `npm run lint`.
 *
 * Node.js then reads tests without a loader, which would hand every module through a second thread: a test that loads
 * psilon begins in a third of the processor time.
 *
 * @param {readonly string[]} folders
 * @returns {Promise<string[]>} the TypeScript files
 */
export async function compile(folders) {
  const entries = folders.flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
  const sources = entries
    .filter(({ name, parentPath }) => name.endsWith('.ts') && !parentPath.includes('node_modules'))
    .map(({ name, parentPath }) => join(parentPath, name))
  const changed = sources.filter((source) => !isNewer(compiledFile(source), source))
  if (changed.length === 0) return sources
  const { default: ts } = await import('typescript')
  const { ScriptTarget, ModuleKind } = ts
  const options = { target: ScriptTarget.ES2023, module: ModuleKind.ESNext, verbatimModuleSyntax: true }
  for (const source of changed) {
    const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), { compilerOptions: options })
    writeFileSync(compiledFile(source), outputText)
  }
  return sources
}

/** @param {string} source */
export const compiledFile = (source) => source.replace(/\.ts$/, '.js')

/** @param {string} file @param {string} source */
const isNewer = (file, source) => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > statSync(source).mtimeMs
