#!/usr/bin/env node
import { explain } from './failure.js'
import { watchOutput, watchTerminal } from './terminal/output.js'

watchTerminal()
watchOutput()
try {
  const { createProgram } = await import('./program.js')
  const args = process.argv.slice(2)
  await (await createProgram(args)).parseAsync(args, { from: 'user' })
} catch (error) {
  process.exitCode = explain(error, process.argv.slice(2))
}
