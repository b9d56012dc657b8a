#!/usr/bin/env node
import { explain } from './failure.js'
import { watchOutput } from './output.js'

watchOutput()
try {
  const { createProgram } = await import('./program.js')
  await createProgram().parseAsync()
} catch (error) {
  process.exitCode = explain(error, process.argv.slice(2))
}
