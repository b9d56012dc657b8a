import { exec, execFile } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageRoot } from './child.js'

const run = promisify(execFile)
const parts = ['lib', 'data/onnx', 'native', 'CMakeLists.txt', 'package.json', 'tsconfig.json']

/** What is added to a file of the project: the text before which it stands, and itself. */
export type Additions = Record<string, [before: string, added: string][]>

/**
 * Builds a copy of psilon with additions to some of its files: TypeScript, and the core without optimisation and CUDA.
 * The copy stays in the folder `build`, so that the next time only what has changed is compiled.
 *
 * @returns its folder.
 */
export async function buildWith(name: string, additions: Additions): Promise<string> {
  const copy = join(packageRoot, 'build', name)
  mkdirSync(copy, { recursive: true })
  if (!existsSync(join(copy, 'node_modules')))
    symlinkSync(join(packageRoot, 'node_modules'), join(copy, 'node_modules'))
  const files = parts.flatMap((part) => filesOf(packageRoot, part))
  removeOthers(copy, new Set(files))
  for (const file of files) write(copy, file, additions[file] ?? [])
  const modules = join(packageRoot, 'node_modules')
  const options = { cwd: copy, maxBuffer: 2 ** 26 }
  await run(process.execPath, [join(modules, 'typescript', 'bin', 'tsc')], options)
  const core = ['build', '--config', 'Debug', '--CDPSILON_CUDA=OFF', '--target', 'psilon', '--out', 'core']
  await run(process.execPath, [join(modules, 'cmake-js', 'bin', 'cmake-js'), ...core], options)
  mkdirSync(join(copy, 'build', 'Release'), { recursive: true })
  copyFileSync(join(copy, 'core', 'Debug', 'psilon.node'), join(copy, 'build', 'Release', 'psilon.node'))
  return copy
}

/**
 * Compiles a CUDA source of a copy as plain C++ against the stand-in for CUDA's runtime (test/cuda-host), with the flags
 * of the other sources.
 *
 * @returns the object file, with the names of what it defines.
 */
export async function compileOnHost(copy: string, source: string): Promise<string> {
  const commands: { file: string; command: string }[] = JSON.parse(
    readFileSync(join(copy, 'core', 'compile_commands.json'), 'utf8'),
  )
  const other = commands.find(({ file }) => file.endsWith('/devices.cpp'))
  if (other === undefined) throw new Error('the core was not built by CMake')
  const [flags] = other.command.split(' -o ')
  const standIn = join(packageRoot, 'test', 'cuda-host', 'include')
  const command = `${flags} -fno-strict-aliasing -I "${standIn}" -x c++ -o core/on-host.o -c "${source}"`
  await promisify(exec)(command, { cwd: copy })
  return readFileSync(join(copy, 'core', 'on-host.o'), 'latin1')
}

function filesOf(root: string, part: string): string[] {
  const path = join(root, part)
  if (!existsSync(path)) return []
  if (statSync(path).isFile()) return [part]
  return readdirSync(path).flatMap((name) => filesOf(root, `${part}/${name}`))
}

/** What an earlier copy has and psilon no longer. */
function removeOthers(copy: string, files: ReadonlySet<string>): void {
  for (const file of parts.flatMap((part) => filesOf(copy, part))) if (!files.has(file)) rmSync(join(copy, file))
  rmSync(join(copy, 'dist'), { recursive: true, force: true })
}

function write(copy: string, file: string, additions: Additions[string]): void {
  const original = readFileSync(join(packageRoot, file), 'utf8')
  const text = additions.reduce((text, [before, added]) => {
    if (text.split(before).length !== 2) throw new Error(`${file} has ${JSON.stringify(before)} not once`)
    return text.replace(before, () => added + before)
  }, original)
  const target = join(copy, file)
  if (existsSync(target) && readFileSync(target, 'utf8') === text) return
  mkdirSync(join(target, '..'), { recursive: true })
  writeFileSync(target, text)
}
