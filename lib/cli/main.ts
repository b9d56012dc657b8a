#!/usr/bin/env node
import { explain } from './failure.js'
import { watchOutput, watchTerminal } from './terminal/output.js'

watchTerminal()
watchOutput()
try {
  const { createProgram } = await import('./program.js')
  await createProgram().parseAsync()
} catch (error) {
  process.exitCode = explain(error, process.argv.slice(2))
}
