import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Headers that psilon writes, compiled and run. */

export const run = promisify(execFile)
export const strict = ['-std=c99', '-Wall', '-Wextra', '-Werror', '-pedantic', '-Wconversion']

export const has = (program: string): Promise<boolean> =>
  run(program, ['--version']).then(
    () => true,
    () => false,
  )

export const compilers = ['gcc', 'clang']
const present = await Promise.all(compilers.map(has))
export const absent = (k: number) => (present[k] ? false : `${compilers[k]} is not installed`)
const compiler = compilers.find((_, k) => present[k])
/** Why nothing can be compiled here; false if it can. */
export const noCompiler = compiler === undefined ? 'no C compiler is installed' : false

/** Compiles a main function beside the header, and returns the lines that it prints. */
export async function printed(
  folder: string,
  header: string,
  main: string,
  program = compiler as string,
): Promise<string[]> {
  await writeFile(join(folder, 'model.h'), header)
  const source = `#include <stdio.h>\n#include "model.h"\n\nint main(void) {\n${main}\n  return 0;\n}\n`
  await writeFile(join(folder, 'main.c'), source)
  const path = join(folder, 'main')
  await run(program, [...strict, '-O1', join(folder, 'main.c'), '-o', path, '-lm'])
  return (await run(path)).stdout.trim().split('\n')
}

/** A text as a literal in C, every byte of it in octal. */
export const cText = (text: string) =>
  `"${Array.from(new TextEncoder().encode(text), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}"`
