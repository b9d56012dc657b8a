/** A peer is a program: it says its version or what is missing, then answers each line of JSON with another. */

import { createInterface } from 'node:readline'

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)

/**
 * @param {() => Promise<{ version: string, answer: (request: any) => Promise<object> }>} open imports the library; its
 * failure is the reason why the peer is left out.
 */
export async function serve(open) {
  console.log = console.info = console.error
  const library = await open().catch((/** @type {Error} */ error) => ({
    missing: error.message.split(/\n| imported from/)[0],
  }))
  if ('missing' in library) say({ missing: library.missing })
  else {
    say({ version: library.version })
    for await (const line of createInterface({ input: process.stdin })) say(await library.answer(JSON.parse(line)))
  }
}

/** Seconds of each of `repeats` calls, after one that is not counted. */
export async function repeat(repeats, work) {
  await work()
  globalThis.gc?.()
  const seconds = []
  for (let k = 0; k < repeats; k++) {
    const begin = performance.now()
    await work()
    seconds.push((performance.now() - begin) / 1e3)
  }
  return seconds
}

/** Imports a library that may be absent. @returns {Promise<any>} */
export async function optional(name) {
  const library = await import(name)
  return library.default ?? library
}
