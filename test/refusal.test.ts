import { Command } from 'commander'
import { load, PsilonClassifier, PsilonError, PsilonNet } from 'psilon'
import t from 'tap'
import { begin, flagWording } from '#psilon/cli/flags/wording.js'
import { operation, runOperation } from '#psilon/errors/operation.js'
import {
  joined,
  operationOf,
  option,
  placed,
  Refusal,
  refusalOf,
  setting,
  textOf,
  unspoken,
  within,
  words,
} from '#psilon/errors/refusal.js'

/** What the work throws, called by a function named theCaller. */
async function thrownBy(work: () => unknown): Promise<PsilonError> {
  async function theCaller() {
    await work()
  }
  try {
    await theCaller()
  } catch (error) {
    return error as PsilonError
  }
  throw new Error('nothing was thrown')
}

const refused = (message = 'no'): never => {
  throw new Refusal('ERR_DATA', message, { details: { row: 3 } })
}

class Door {
  @operation
  open(key = ''): string {
    return key === '' ? refused('it is locked') : key
  }

  @operation
  async wait(): Promise<string> {
    await null
    return this.open()
  }

  @operation
  async waitQuietly(): Promise<string> {
    await null
    return unspoken(() => this.open())
  }

  @operation
  get lock(): string {
    return within('lock', () => refused())
  }
}

function enter(): string {
  return runOperation('enter', enter, refused)
}

function enterLater(): Promise<string> {
  return runOperation('enterLater', enterLater, async () => refused())
}

t.test('a message names options as the API does', async (t) => {
  const message = words`${option('prune.to')} is ${1}; say ${setting('categorical', ['a', 'b'])}, ${setting('decimal', ',')}`
  t.equal(textOf(message), 'prune.to is 1; say categorical: ["a","b"], decimal: ","')
  t.equal(textOf(words`${message}.`), `${textOf(message)}.`)
  t.equal(textOf(joined([['a'], message, ['b']], '; ')), `a; ${textOf(message)}; b`)
  t.equal(new Refusal('ERR_OPTION', message).message, textOf(message))
})

t.test('a refusal has the places in which it was found, and what they add', async (t) => {
  const { message, place, details, code } = await thrownBy(() =>
    within('fits[3]', () => within('validation', () => refused()), { index: 3 }),
  ).then((error) => refusalOf(error) as Refusal)
  t.equal(message, 'fits[3]: validation: no')
  t.strictSame([code, place, details], ['ERR_DATA', ['fits[3]', 'validation'], { row: 3, index: 3 }])
  const other = new TypeError('a bug')
  t.equal(placed(other, 'validation'), other)
  t.throws(() => within('x', () => { throw other }), other) // biome-ignore format: one line
})

t.test('the operation speaks, with the stack of its caller', async (t) => {
  const door = new Door()
  const calls: [name: string, call: () => unknown][] = [
    ['open] it is locked', () => door.open()],
    ['lock] lock: no', () => door.lock],
    ['enter] no', enter],
    ['enterLater] no', enterLater],
  ]
  for (const [message, call] of calls) {
    const error = await thrownBy(call)
    t.ok(error instanceof PsilonError)
    t.equal(error.message, `[${message}`)
    t.match(error.stack, /^PsilonError: \[.*\n +at (calls|theCaller) /)
    t.match(error.stack, /at theCaller /)
    t.strictSame({ ...error.details }, { row: 3 })
    t.equal(operationOf(error), message.split(']')[0])
  }
  t.equal(door.open('key'), 'key')
  t.strictSame([door.open.name, door.open.length, door.wait.name], ['open', 0, 'wait'])
})

t.test('the inner operation speaks, unless its refusal is taken again', async (t) => {
  const inner = await thrownBy(() => new Door().wait())
  t.equal(inner.message, '[open] it is locked')
  t.match(inner.stack, /at theCaller /, 'that of the outer one')
  const outer = await thrownBy(() => new Door().waitQuietly())
  t.equal(outer.message, '[waitQuietly] it is locked')
  t.match(outer.stack, /at theCaller /)
  const again = await thrownBy(() => runOperation('load', Door, () => within('m', () => new Door().open())))
  t.equal(again.message, '[load] m: it is locked')
})

t.test('whatever else is thrown stays what it is', async (t) => {
  const own = new PsilonError('ERR_DATA', '[mine] no')
  const { stack } = own
  const thrown = [own, new TypeError('a bug'), 'a text', undefined]
  for (const each of thrown) {
    const throwing = () => {
      throw each
    }
    t.equal(await thrownBy(() => runOperation('load', Door, throwing)), each)
    t.equal(await thrownBy(() => runOperation('load', Door, async () => throwing())), each)
    t.equal(refusalOf(each), undefined)
  }
  t.equal(own.stack, stack)
})

t.test('constructors, functions and runs speak', async (t) => {
  class Own extends PsilonNet {}
  const net = new PsilonNet({ inputs: 1, hidden: 1 })
  const calls: [start: string, call: () => unknown][] = [
    ['[PsilonNet] inputs must be', () => new Own({ inputs: 0 })],
    ['[PsilonClassifier] epochs must be', () => new PsilonClassifier({ epochs: 0 })],
    ['[load] cannot read', () => load('none.safetensors')],
    ['[fit] epochs must be', () => net.fit({ x: [[1]], y: [1] }, { epochs: 0 })],
    [
      '[config] the network has been disposed of',
      () => {
        const gone = new PsilonNet({ inputs: 1 })
        gone.dispose()
        return gone.config
      },
    ],
  ]
  for (const [start, call] of calls) {
    const error = await thrownBy(call)
    t.ok(error.message.startsWith(start), error.message)
    t.match(error.stack, /at theCaller /)
    t.notMatch(error.stack, /new PsilonNet|new Own|runOperation/)
  }
})

t.test('the command line names its flags', async (t) => {
  const train = new Command('train').option('--hidden <units>').option('--prune <share>').option('--prune-from <at>')
  train.option('--folds <k>').option('--categorical <names>').option('--decimal <sign>').option('--batch-size <n>')
  const said = (message: Parameters<typeof textOf>[0]) => textOf(message, flagWording)
  begin(train)
  const names = { 'hidden[1]': '--hidden[1]', 'prune.sparsity': '--prune', 'prune.from': '--prune-from' }
  const others = {
    'selection.folds': '--folds',
    batchSize: '--batch-size',
    'selection.validation': undefined,
    '': undefined,
  }
  for (const [name, flag] of Object.entries({ ...names, ...others })) t.equal(said(option(name)), flag ?? name)
  t.equal(said(setting('decimal', ',')), '--decimal ,')
  t.equal(said(setting('categorical', ['a', "it's", 'b,"c"'])), `--categorical 'a,it'\\''s,"b,""c"""'`)
  t.equal(said(setting('missing', ['?'])), 'missing: ["?"]', 'which this command has no flag for')
  begin(new Command('prune').option('--sparsity <share>'))
  t.strictSame([said(option('sparsity')), said(option('hidden'))], ['--sparsity', 'hidden'])
})
