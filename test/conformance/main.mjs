/** npm run conformance -- DIR [--dtype float64|float32] [--device cpu|cuda|cuda-host]: replays every golden file of a folder. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const tolerance = { float64: 1e-9, float32: 2e-5 }

/** @returns {never} */
function usage(message) {
  console.error(`${message}\nusage: npm run conformance -- DIR [--dtype float64|float32] [--device cpu|cuda|cuda-host]`)
  process.exit(2)
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { dtype: { type: 'string', default: 'float64' }, device: { type: 'string', default: 'cpu' } },
    })
    if (positionals.length !== 1) usage('one folder is expected')
    if (!Object.hasOwn(tolerance, values.dtype)) usage(`unknown dtype "${values.dtype}"`)
    if (!['cpu', 'cuda', 'cuda-host'].includes(values.device)) usage(`unknown device "${values.device}"`)
    return { folder: positionals[0], dtype: values.dtype, device: values.device }
  } catch (error) {
    usage(String(error))
  }
}

function filesOf(folder) {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
  } catch (error) {
    usage(String(error))
  }
}

const { folder, dtype, device } = readArguments()
if (device === 'cuda-host') await import('../cuda-host/use.mjs')
const { replay } = await import('./replay.mjs') // loads the addon
const worst = new Map()
const leftOut = []
let passed = 0
let failed = 0
for (const file of filesOf(folder)) {
  let errors
  try {
    const golden = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    if (dtype === 'float32' && golden.float32 === false) {
      leftOut.push(file)
      continue
    }
    errors = replay(golden, dtype, { device: device === 'cpu' ? 'cpu' : 'cuda' })
  } catch (error) {
    console.log(`FAIL ${file}: ${error}`)
    failed++
    continue
  }
  const wrong = Object.entries(errors).filter(([, error]) => !(error <= tolerance[dtype]))
  for (const [name, error] of Object.entries(errors))
    if (!worst.has(name) || error > worst.get(name).error) worst.set(name, { error, file })
  for (const [name, error] of wrong) console.log(`FAIL ${file}: ${name} is off by ${error.toExponential(2)}`)
  if (wrong.length === 0) passed++
  else failed++
}
console.log(`worst relative error of each quantity, ${dtype}, tolerance ${tolerance[dtype]}`)
for (const [name, { error, file }] of [...worst].sort(([a], [b]) => a.localeCompare(b)))
  console.log(`  ${name.padEnd(26)} ${error.toExponential(2).padStart(9)}  ${file}`)
for (const file of leftOut) console.log(`left out in float32: ${file}`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
