import { execFile } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { cli } from './cli/run.js'
import { packageRoot, runModule } from './support/child.js'
import { example, printsWhatItSays, printsWhatThePageSays, readme, stepsIn } from './support/readme.js'

t.test('the example prints what it says', async (t) => {
  const file = join(t.testdir({}), 'tumours.safetensors')
  const { code, stdout, stderr } = await runModule(example.replace("'tumours.safetensors'", JSON.stringify(file)))
  t.equal(code, 0, stderr)
  printsWhatItSays(t, stdout)
})

/** Runs commands of a shell one after the other in one folder; `$ cd` counts for those after it. */
async function walk(t: Test, folder: string, section: string): Promise<void> {
  const { NODE_OPTIONS: _hooks, ...env } = process.env
  let before = `psilon() { "${process.execPath}" "${cli}" "$@"; }`
  for (const step of stepsIn(readme, section)) {
    if (/\bcd /.test(step.command)) before += `\n${step.command}`
    const run = promisify(execFile)('bash', ['-c', `${before}\n${step.command}`], { cwd: folder, env })
    const { stdout } = await run
    printsWhatThePageSays(t, stdout, step)
  }
}

t.test('the walk prints what it says, on the command line and in code', async (t) => {
  const folder = t.testdir({ runs: {} })
  symlinkSync(join(packageRoot, 'data'), join(folder, 'data'))
  t.ok(stepsIn(readme, 'Five minutes on the command line').length > 6)
  await walk(t, folder, 'Five minutes on the command line')
  const [, code = ''] = /## The same in code[\s\S]*?```js\n([\s\S]*?)```/.exec(readme) ?? []
  writeFileSync(join(folder, 'runs', 'walk.mjs'), code)
  const [step] = stepsIn(readme, 'The same in code')
  t.equal(step?.command, 'node walk.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, ['walk.mjs'], {
    cwd: join(folder, 'runs'),
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  printsWhatThePageSays(t, stdout, step as { command: string; printed: string })
  t.ok(readFileSync(join(folder, 'runs', 'magic.report.html'), 'utf8').includes('<html'))
})
