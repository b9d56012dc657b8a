#!/usr/bin/env node
import { explain } from './failure.js'
import { ignoreClosedPipes } from './output.js'

ignoreClosedPipes()
try {
  const { createProgram } = await import('./program.js')
  await createProgram().parseAsync()
} catch (error) {
  process.exitCode = explain(error, process.argv.slice(2))
}
