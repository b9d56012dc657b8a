import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Another library, in a process of its own that waits in silence while others are measured. */
export class Peer {
  #child
  #lines
  #errors = ''

  /**
   * @param {string} name
   * @param {string} command
   * @param {string[]} args
   * @param {Record<string, string>} env
   */
  constructor(name, command, args, env) {
    this.name = name
    this.#child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.on('error', (error) => {
      this.#errors = error.message
    })
    this.#child.stdin.on('error', () => {}) // a process that has ended is noticed by its missing answer
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#errors = (this.#errors + text).slice(-2000)
    })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** Its version, or why it cannot be had. @returns {Promise<{ version?: string, missing?: string }>} */
  async greeting() {
    const { value, done } = await this.#lines.next()
    return done ? { missing: this.#errors.trim().split('\n').at(-1) || 'it does not start' } : JSON.parse(value)
  }

  /** @returns {Promise<any>} */
  async ask(request) {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await this.#lines.next()
    if (done) throw new Error(`${this.name} ended without an answer: ${this.#errors.trim()}`)
    await new Promise((resolve) => setTimeout(resolve, 100)) // its threads may still be polling for work
    return JSON.parse(value)
  }

  end() {
    this.#child.stdin.end()
  }
}
