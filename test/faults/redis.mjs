import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0
export const hasOpenssl = spawnSync('openssl', ['version']).status === 0

/**
 * A key for 127.0.0.1, and a certificate that nobody else has signed.
 *
 * @param {string} folder
 */
export function selfSigned(folder) {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  const made = spawnSync('openssl', ['req', '-x509', ...kind, ...names, '-keyout', key, '-out', certificate])
  if (made.status !== 0) throw new Error(`openssl made no certificate: ${made.stderr}`)
  return { key, certificate }
}

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
 * @param {{ key: string, certificate: string }} [tls] without it connections are not encrypted
 */
export async function startRedis(folder, options = [], tls) {
  const port = await freePort()
  const ports = tls
    ? ['--port', '0', '--tls-port', String(port), '--tls-cert-file', tls.certificate, '--tls-key-file', tls.key]
    : ['--port', String(port)]
  const authority = tls ? ['--tls-ca-cert-file', tls.certificate, '--tls-auth-clients', 'no'] : []
  const args = ['--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always']
  /** @type {import('node:child_process').ChildProcess} */
  let server
  const start = async () => {
    server = spawn('redis-server', [...ports, ...authority, ...args, ...options], {
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
