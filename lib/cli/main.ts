#!/usr/bin/env node
import { explain } from './failure.js'
import { watchOutput } from './terminal/output.js'
import { watchTerminal } from './terminal/terminal.js'

watchTerminal()
watchOutput()
try {
  const { createProgram } = await import('./program.js')
  await createProgram().parseAsync()
} catch (error) {
  process.exitCode = explain(error, process.argv.slice(2))
}
