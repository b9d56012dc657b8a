import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0

/** @param {import('node:net').Server} server */
const portOf = (server) => /** @type {import('node:net').AddressInfo} */ (server.address()).port

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
}

/**
 * A real Redis on a free port of this machine, which keeps what it has acknowledged.
 *
 * @param {string} folder
 * @param {string[]} options
 */
export async function startRedis(folder, options = []) {
  const port = await freePort()
  const args = ['--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always']
  /** @type {import('node:child_process').ChildProcess} */
  let server
  const start = async () => {
    server = spawn('redis-server', ['--port', String(port), ...args, ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    for await (const text of /** @type {import('node:stream').Readable} */ (server.stdout).setEncoding('utf8')) {
      said += text
      if (said.includes('Ready to accept connections')) break
    }
    if (!said.includes('Ready to accept connections')) throw new Error(`redis-server did not start:\n${said}`)
  }
  const kill = async () => {
    const end = once(server, 'exit')
    server.kill('SIGKILL')
    await end
  }
  await start()
  return { port, start, kill }
}

/**
 * A way to Redis that can be cut.
 *
 * @param {number} to
 */
export async function startProxy(to) {
  /** @type {Set<import('node:net').Socket[]>} */
  const pairs = new Set()
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    const pair = [near, far]
    pairs.add(pair)
    near.pipe(far)
    far.pipe(near)
    for (const socket of pair) {
      socket.on('error', () => {})
      socket.on('close', () => {
        pairs.delete(pair)
        for (const each of pair) each.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
  }
  return {
    port: portOf(server),
    /** All connections end. */
    cut,
    /** Nothing goes through the connections that are open, until they are cut. */
    freeze() {
      for (const [near, far] of pairs) {
        near?.unpipe()
        far?.unpipe()
      }
    },
    async close() {
      server.close()
      cut()
    },
  }
}
