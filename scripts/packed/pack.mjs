// The packed file: what `npm pack` holds, and the cores beside it, put together in a folder of its own.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** What `npm pack` says of the packed file. */
function npmPack(folder, args) {
  // scripts are left out: `prepare` compiles TypeScript, which this folder may have no compiler for
  const command = ['pack', '--json', '--ignore-scripts', ...args]
  const { status, stdout, stderr, error } = spawnSync('npm', command, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`npm ${command.join(' ')} failed in ${folder}: ${error?.message ?? stderr}`)
  // npm 12 names the packages, older ones list them
  return Object.values(JSON.parse(stdout))[0]
}

/**
 * Writes the packed file into the folder `out`.
 * @param {string} root @param {{ target: string, file: string }[]} cores @param {string} out
 */
export function pack(root, cores, out) {
  const parent = join(root, 'build', 'packed')
  mkdirSync(parent, { recursive: true })
  mkdirSync(out, { recursive: true })
  const stage = mkdtempSync(join(parent, 'package-'))
  try {
    const paths = npmPack(root, ['--dry-run']).files.map(({ path }) => path)
    for (const path of paths) if (!path.startsWith('prebuilds/')) cpSync(join(root, path), join(stage, path))
    for (const { target, file } of cores) cpSync(file, join(stage, 'prebuilds', target, 'psilon.node'))
    const { filename, size, unpackedSize, entryCount } = npmPack(stage, ['--pack-destination', resolve(out)])
    return { file: join(out, filename), size, unpackedSize, entryCount }
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}
