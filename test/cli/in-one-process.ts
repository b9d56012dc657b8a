import { join } from 'node:path'
import { type ChildEnd, packageRoot, runModule } from '../support/child.js'

/** Runs short calls of `psilon`, one after the other in one process: far faster than one process for each. */
const program = (calls: readonly (readonly string[])[]) => `
  import { explain } from ${JSON.stringify(join(packageRoot, 'dist', 'cli', 'failure.js'))}
  import { createProgram } from ${JSON.stringify(join(packageRoot, 'dist', 'cli', 'program.js'))}
  const { stdout, stderr } = process
  const print = stdout.write.bind(stdout)
  for (const args of ${JSON.stringify(calls)}) {
    const end = { code: 0, signal: null, stdout: '', stderr: '' }
    stdout.write = (text) => { end.stdout += text; return true }
    stderr.write = (text) => { end.stderr += text; return true }
    try { await (await createProgram(args)).parseAsync(args, { from: 'user' }) } catch (error) { end.code = explain(error, args) }
    print(JSON.stringify(end) + '\\n')
  }
`

/**
 * How each of these calls ends.
 *
 * @param calls arguments, of which the first is the name of a command.
 */
export async function psilonInOneProcess(
  calls: readonly (readonly string[])[],
  { cwd, env }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<ChildEnd[]> {
  const { code, stdout, stderr } = await runModule(program(calls), { cwd, env })
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`)
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}
