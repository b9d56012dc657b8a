import t from 'tap'
import * as checks from '#psilon/checks.js'
import { PsilonError, printable } from '#psilon/errors/errors.js'
import { refuses } from './support/refusal.js'

t.test('a PsilonError has a name, a code, a cause and details', async (t) => {
  const cause = new Error('below')
  const error = new PsilonError('ERR_NON_FINITE', '[fit] the loss is NaN', { cause, details: { epoch: 3 } })
  t.ok(error instanceof Error)
  t.strictSame([error.name, error.code, error.message], ['PsilonError', 'ERR_NON_FINITE', '[fit] the loss is NaN'])
  t.equal(error.cause, cause)
  t.strictSame({ ...error.details }, { epoch: 3 })
  t.match(String(error.stack), /^PsilonError: \[fit\]/)
  t.notOk('cause' in new PsilonError('ERR_DATA', 'x'))
})

t.test('the nearest name is offered only where it is near', async (t) => {
  const names = ['lambda', 'epochs', 'batchSize', 'learningRate']
  t.equal(checks.nearest('lamda', names), 'lambda')
  t.equal(checks.nearest('batchsize', names), 'batchSize')
  t.equal(checks.nearest('BATCHSIZE', names), 'batchSize')
  t.equal(checks.nearest('epoch', names), 'epochs')
  t.equal(checks.nearest('optimizer', names), undefined)
  t.equal(checks.nearest('lambda', []), undefined)
})

t.test('a name that is too long for a slip of the pen is not compared, nor are too many', async (t) => {
  const long = 'x'.repeat(100)
  t.equal(checks.nearest(`${long.slice(1)}y`, [long]), long)
  t.equal(checks.nearest(`${long}y`, [long]), undefined)
  const many = Array.from({ length: 10_001 }, (_, k) => `column ${k}`)
  t.equal(checks.nearest('column 9999a', many), 'column 9999')
  t.equal(checks.nearest('column 10000a', many.slice(10_000)), 'column 10000')
  t.not(checks.nearest('column 10000a', many), 'column 10000')
})

t.test('a message is one line that steers no terminal', async (t) => {
  const hostile = '\x1b]0;owned\x07\x9b2J\r\n\x7f\u202Etxt.exe\u2066\u2028\ud800'
  const harmless = '\\u001b]0;owned\\u0007\\u009b2J\\u000d\\u000a\\u007f\\u202etxt.exe\\u2066\\u2028\\ud800'
  t.equal(printable(hostile), harmless)
  t.equal(new PsilonError('ERR_DATA', `[fit] ${hostile}`).message, `[fit] ${harmless}`)
  const kept =
    'na\u00efve \u6771\u4eac \ud83d\udc69\u200d\ud83d\udd2c \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \\u001b "$&"'
  t.equal(printable(kept), kept)
})

t.test('options that are known pass', async (t) => {
  const given = { epochs: 3 }
  t.strictSame({ ...checks.refuseUnknown(given, ['epochs']) }, given)
  t.strictSame({ ...checks.refuseUnknown(undefined, ['epochs']) }, {})
})

t.test('values within their limits pass as they are', async (t) => {
  t.equal(checks.checkInteger('threads', 0, 0, 4), 0)
  t.equal(checks.checkInteger('threads', 4, 0, 4), 4)
  t.equal(checks.checkNumber('lambda', 0, { from: 0 }), 0)
  t.equal(checks.checkNumber('regWeight', 1, { above: 0, to: 1 }), 1)
  t.equal(checks.checkOneOf('loss', 'mse', ['mse', 'bce']), 'mse')
  t.equal(checks.checkBoolean('shuffle', false), false)
  t.equal(checks.checkString('target', 'price'), 'price')
  t.strictSame(checks.checkStrings('ignore', ['id']), ['id'])
})

const refusals: [string, () => unknown][] = [
  ['unknown option "lamda"; did you mean "lambda"?', () => checks.refuseUnknown({ lamda: 1 }, ['lambda'])],
  ['unknown option "zzzzzzz"', () => checks.refuseUnknown({ zzzzzzz: 1 }, ['lambda'])],
  ['options must be an object, got 3', () => checks.refuseUnknown(3, [])],
  ['options must be an object, got an array of 2', () => checks.refuseUnknown([1, 2], [])],
  [
    'options must be an object, got an array of 1',
    () => checks.refuseUnknown([{ constructor: { name: Symbol('x') } }], []),
  ],
  [
    'seed must be a finite number, got an object (no class name)',
    () => checks.checkNumber('seed', { constructor: { name: Symbol('x') } }),
  ],
  ['threads must be an integer from 1 to 4, got 5', () => checks.checkInteger('threads', 5, 1, 4)],
  ['lambda must be a number at least 0, got -1', () => checks.checkNumber('lambda', -1, { from: 0 })],
  ['lambda must be a finite number, got NaN', () => checks.checkNumber('lambda', Number.NaN)],
  ['lambda must be a finite number, got Infinity', () => checks.checkNumber('lambda', Infinity)],
  [
    'sparsity must be a number above 0 and below 1, got 1',
    () => checks.checkNumber('sparsity', 1, { above: 0, below: 1 }),
  ],
  [
    'sparsity must be a number at least 0 and at most 1, got 2',
    () => checks.checkNumber('sparsity', 2, { from: 0, to: 1 }),
  ],
  [
    'loss must be one of "mse", "softmax", got "sofmax"; did you mean "softmax"?',
    () => checks.checkOneOf('loss', 'sofmax', ['mse', 'softmax']),
  ],
  ['loss must be one of "mse", got null', () => checks.checkOneOf('loss', null, ['mse'])],
  ['shuffle must be true or false, got 1', () => checks.checkBoolean('shuffle', 1)],
  ['target must be a text that is not empty, got ""', () => checks.checkString('target', '')],
  ['ignore must be an array of texts, got "id"', () => checks.checkStrings('ignore', 'id')],
  ['ignore must be an array of texts, got an array of 1', () => checks.checkStrings('ignore', [3])],
]

t.test('an option that is refused is named in the details', async (t) => {
  const refused: [string, () => unknown][] = [
    ['lamda', () => checks.refuseUnknown({ lamda: 1 }, ['lambda'])],
    ['lambda', () => checks.checkNumber('lambda', -1, { from: 0 })],
    ['loss', () => checks.checkOneOf('loss', null, ['mse'])],
  ]
  for (const [option, work] of refused) t.throws(work, { code: 'ERR_OPTION', details: { option } })
})

for (const [message, work] of refusals) {
  t.test(message, (t) => refuses(t, 'ERR_OPTION', message, work))
}
