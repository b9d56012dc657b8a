import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { Refusal } from '#psilon/errors/refusal.js'
import { fileError } from '#psilon/io/file-error.js'
import { writeFile } from '#psilon/io/write-file.js'
import { packageRoot } from '../support/child.js'
import { refuses } from '../support/refusal.js'

const text = (path: string) => readFileSync(path, 'utf8')

t.test('content is there in full, as a text or in pieces', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'a')
  await writeFile(path, 'ä'.repeat(100_000))
  t.equal(text(path), 'ä'.repeat(100_000))
  await writeFile(path, Buffer.from('bytes'))
  t.equal(text(path), 'bytes')
  await writeFile(path, [Buffer.from('one '), new Uint8Array(0), Buffer.from('two')])
  t.equal(text(path), 'one two')
  const large = randomBytes(5 * 2 ** 20 + 3)
  await writeFile(path, [large, Buffer.from('behind')])
  t.ok(readFileSync(path).equals(Buffer.concat([large, Buffer.from('behind')])), 'more than is written at once')
  t.strictSame(readdirSync(folder), ['a'])
})

const saving = `
  import { PsilonNet } from 'psilon'
  const [path, hidden] = process.argv.slice(1)
  await new PsilonNet({ inputs: 12, hidden: Number(hidden), depth: 2 }).save(path).then(
    () => console.log('saved'),
    ({ code, message }) => console.log(code, message),
  )`

/** What saving says, in a process of its own that a shell prepares. The test runner's hooks would end it by SIGXFSZ. */
function save(path: string, hidden: number, prepare = ''): string {
  const program = [process.execPath, '--input-type=module', '--eval', saving, path, String(hidden)]
  const command = ['-c', `unset NODE_OPTIONS; ${prepare} exec "$@"`, 'sh', ...program]
  return spawnSync('sh', command, { cwd: packageRoot, encoding: 'utf8' }).stdout.trim()
}

t.test('where a file may not become so large, what was there stays, and nothing else', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'm.safetensors')
  t.equal(save(path, 2), 'saved')
  const before = readFileSync(path)
  const reason = 'it would be larger than this process (ulimit -f) or the file system allows'
  t.equal(save(path, 400, 'ulimit -f 100;'), `ERR_FILE [save] cannot write ${path}: ${reason}`)
  t.ok(readFileSync(path).equals(before))
  t.strictSame(readdirSync(folder), ['m.safetensors'])
})

t.test('so it is where the disk becomes full', async (t) => {
  const folder = join(t.testdir({ disk: {} }), 'disk')
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]).status !== 0) {
    t.comment('a small disk cannot be mounted here')
    return
  }
  try {
    const path = join(folder, 'm.safetensors')
    t.equal(save(path, 2), 'saved')
    const before = readFileSync(path)
    t.equal(save(path, 400), `ERR_FILE [save] cannot write ${path}: no space left on the device`)
    t.ok(readFileSync(path).equals(before))
    t.strictSame(readdirSync(folder), ['m.safetensors'])
  } finally {
    execFileSync('umount', [folder])
  }
})

t.test('a file keeps its mode, and a new one has the usual one', async (t) => {
  const folder = t.testdir({ secret: 'old' })
  chmodSync(join(folder, 'secret'), 0o640)
  await writeFile(join(folder, 'secret'), 'new')
  await writeFile(join(folder, 'new'), 'new')
  writeFileSync(join(folder, 'usual'), '')
  t.equal(statSync(join(folder, 'secret')).mode & 0o7777, 0o640)
  t.equal(statSync(join(folder, 'new')).mode, statSync(join(folder, 'usual')).mode)
})

t.test('what is being written goes when the process exits', async (t) => {
  const folder = t.testdir()
  const code = `
    import { readdirSync } from 'node:fs'
    import { writeFile } from '#psilon/io/write-file.js'
    const folder = process.argv[1]
    function* content() {
      yield Buffer.from('half of it')
      if (readdirSync(folder).length === 1) process.exit(7)
    }
    await writeFile(folder + '/model', content())`
  const { status } = spawnSync(process.execPath, ['--input-type=module', '--eval', code, folder], { cwd: packageRoot })
  t.equal(status, 7)
  t.strictSame(readdirSync(folder), [])
})

t.test('links are followed, and one that leads nowhere is replaced', async (t) => {
  const folder = t.testdir({ there: { file: 'old' }, here: {} })
  const link = join(folder, 'here', 'link')
  symlinkSync('../there/file', link)
  await writeFile(link, 'new')
  t.equal(readlinkSync(link), '../there/file')
  t.equal(text(join(folder, 'there', 'file')), 'new')
  const nowhere = join(folder, 'here', 'nowhere')
  symlinkSync('../there/none', nowhere)
  await writeFile(nowhere, 'new')
  t.ok(lstatSync(nowhere).isFile())
  t.strictSame([readdirSync(join(folder, 'here')), readdirSync(join(folder, 'there'))], [['link', 'nowhere'], ['file']])
})

t.test('calls for one path take turns, whatever becomes of each', async (t) => {
  const path = join(t.testdir(), 'a')
  function* failing() {
    yield Buffer.from('half of it')
    throw new Refusal('ERR_DATA', 'no more')
  }
  const calls = Array.from({ length: 20 }, (_, k) => writeFile(path, k === 18 ? failing() : `${k}`))
  const ends = await Promise.allSettled(calls)
  t.strictSame(
    ends.map(({ status }) => status),
    ends.map((_, k) => (k === 18 ? 'rejected' : 'fulfilled')),
  )
  t.equal(text(path), '19')
  t.strictSame(readdirSync(join(path, '..')), ['a'])
})

/** Those of what this process writes. */
async function temporaryName(folder: string): Promise<{ host: string; space: string; started: number }> {
  let name = ''
  function* content() {
    name = readdirSync(folder).find((each) => each.endsWith('.tmp')) ?? ''
    yield new Uint8Array(1)
  }
  await writeFile(join(folder, 'any'), content())
  unlinkSync(join(folder, 'any'))
  const [, host = '', space = '', , started] = name.slice(1).split('-')
  return { host, space, started: Number(started) }
}

t.test('what a process that has ended left behind is removed, and nothing else', async (t) => {
  const { host, space, started } = await temporaryName(t.testdir({ other: {} }))
  const folder = join(t.testdirName, 'other')
  const { pid: ended } = spawnSync(process.execPath, ['--version'])
  const elsewhere = '12345678'
  const name = (host: string, space: string, pid: number, start = started) =>
    `.psilon-${host}-${space}-${pid}-${start}-0123456789abcdef.tmp`
  const place = (file: string, age: number) => {
    writeFileSync(join(folder, file), 'half of it')
    utimesSync(join(folder, file), Date.now() / 1000 - age, Date.now() / 1000 - age)
  }
  const isKnown = space !== '00000000' // of other systems than Linux it is not
  place(name(host, space, ended), isKnown ? 5 : 7200)
  place(name(host, space, process.pid, started - 900_000), isKnown ? 5 : 7200)
  place(name(host, elsewhere, process.pid), 7200)
  const kept = [
    name(host, space, process.ppid),
    name(host, space, process.pid),
    name(elsewhere, space, ended),
    `x${name(host, space, ended)}`,
    '.psilon-notes.tmp',
  ]
  for (const file of kept) place(file, 7200)
  kept.push(name(host, elsewhere, ended), name(host, space, ended, 1))
  place(name(host, elsewhere, ended), 60)
  mkdirSync(join(folder, name(host, space, ended, 1)))
  await writeFile(join(folder, 'model'), 'whole')
  t.strictSame(readdirSync(folder).toSorted(), [...kept, 'model'].toSorted())

  place(name(host, space, ended), 7200)
  await writeFile(join(folder, 'model'), 'again')
  t.ok(existsSync(join(folder, name(host, space, ended))), 'a process searches a folder once, however large it is')
})

t.test('what cannot be written says why', async (t) => {
  const folder = t.testdir({ folder: {} })
  const at = (name: string) => join(folder, name)
  const refused = (path: string, reason: string) =>
    refuses(t, 'ERR_FILE', `cannot write ${path.replace('\0', '\\u0000')}: ${reason}`, () => writeFile(path, 'x'))
  symlinkSync('round', at('circle'))
  symlinkSync('circle', at('round'))
  execFileSync('mkfifo', [at('pipe')])
  const server = createServer().listen(at('socket'))
  t.teardown(() => server.close())
  await new Promise((resolve) => server.on('listening', resolve))
  await refused(at('circle'), 'its symbolic links form a loop')
  for (const name of ['folder', 'pipe', 'socket']) await refused(at(name), 'it is not a regular file')
  await refused('/dev/null', 'it is not a regular file')
  await refused(at('none/file'), `the folder ${at('none')} is missing`)
  await refused(at('nul\0l'), 'its path contains a null byte')
  await refused(at('x'.repeat(300)), 'its path is too long')
  t.ok(lstatSync(at('pipe')).isFIFO())
  const reasons = { EDQUOT: 'the disk quota is used up', EIO: 'the device reports an error' }
  for (const [code, reason] of Object.entries(reasons)) {
    const { message } = fileError('write', 'm', Object.assign(new Error('write'), { code }))
    t.equal(message, `cannot write m: ${reason}`)
  }
})

t.test('a file and a folder that are read-only stay as they are', async (t) => {
  const folder = t.testdir({ file: 'old', closed: {} })
  const code = `
    import { writeFile } from '#psilon/io/write-file.js'
    if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534) }
    for (const path of process.argv.slice(1)) await writeFile(path, 'new').catch((e) => console.log(e.message))`
  const [file, inClosed] = [join(folder, 'file'), join(folder, 'closed', 'new')]
  chmodSync(folder, 0o777)
  chmodSync(file, 0o444)
  chmodSync(join(folder, 'closed'), 0o555)
  const { NODE_OPTIONS: _hooks, ...env } = process.env
  const program = ['--input-type=module', '--eval', code, file, inClosed]
  const { stdout } = spawnSync(process.execPath, program, { cwd: packageRoot, env, encoding: 'utf8' })
  const messages = [file, inClosed].map((path) => `cannot write ${path}: permission denied\n`)
  t.equal(stdout, messages.join(''))
  t.equal(text(file), 'old')
  t.strictSame(readdirSync(folder), ['closed', 'file'])
})
