/** A step of the check: a program, how it ended and what it printed. */

import { spawn } from 'node:child_process'

/** Exit status of a step for which something is missing; the last line that it prints says what. */
export const statusLeftOut = 77

/**
 * @typedef {object} Step
 * @property {[program: string, ...args: string[]]} command
 * @property {number} minutes after which it is taken to hang, and ended with all that it has started
 * @property {boolean} [optional] left out where the program is not installed
 *
 * @typedef {object} StepResult
 * @property {boolean} passed
 * @property {string | null} leftOut why it was left out
 * @property {string | null} failure how it ended otherwise
 * @property {number} seconds
 * @property {any[]} results what it printed as lines of JSON
 * @property {string} output the last of what else it printed
 */

/** @param {Step} step @returns {Promise<StepResult>} */
export async function runStep({ command: [program, ...args], minutes, optional = false }, cwd = process.cwd()) {
  const begin = performance.now()
  const end = await endOf(spawn(program, args, { cwd, detached: true }), minutes)
  /** @type {any[]} */
  const results = []
  /** @type {string[]} */
  const rest = []
  for (const line of end.output.split('\n')) {
    const result = objectOf(line)
    if (result === undefined) rest.push(line)
    else results.push(result)
  }
  const output = rest.join('\n').trim()
  const missing = optional && end.failure === 'ENOENT' ? `${program} is not installed` : undefined
  const leftOut = missing ?? (end.failure === `exit ${statusLeftOut}` ? output.split('\n').at(-1) : undefined) ?? null
  const failure = leftOut === null ? end.failure : null
  return {
    passed: leftOut === null && failure === null,
    leftOut,
    failure,
    seconds: (performance.now() - begin) / 1e3,
    results,
    output: output.slice(-20_000),
  }
}

/** What a line of JSON says; undefined of any other line, or of one that was cut off. */
function objectOf(line) {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** @returns {Promise<{ failure: string | null, output: string }>} */
function endOf(child, minutes) {
  let output = ''
  let hung = false
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  }
  const kill = () => {
    try {
      process.kill(-child.pid, 'SIGKILL') // its whole group
    } catch {} // which has ended
  }
  const timer = setTimeout(() => {
    hung = true
    kill()
  }, 6e4 * minutes)
  process.once('exit', kill)
  return new Promise((resolve) => {
    const ended = (failure) => {
      clearTimeout(timer)
      process.off('exit', kill)
      resolve({ failure: hung ? `took more than ${minutes} minutes` : failure, output })
    }
    child.on('error', (error) => ended(error.code ?? String(error)))
    child.on('close', (code, signal) => ended(code === 0 ? null : signal === null ? `exit ${code}` : signal))
  })
}
