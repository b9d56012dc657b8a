import t from 'tap'
import { parseJson } from '#psilon/io/json.js'

const parse = (text: string) => parseJson(text, (reason) => new Error(reason))

t.test('what is sound is read as JSON.parse reads it', async (t) => {
  const values = [
    null,
    'a',
    -1.5e-7,
    [],
    {},
    { a: [{ b: 1, c: [] }, { b: 2 }], b: { a: { a: {} } }, '': '', '"': '\\', '\\"': '{[,:"' },
    [{ a: 1 }, { a: 1 }],
    { texts: ['a', 'a', '\\\\\\', '"', 'ä\u2028\ud83d\ude00'], more: { texts: 1 } },
    Array.from({ length: 3000 }, (_, k) => ({ kind: 'numeric', name: `column ${k}`, mean: [k] })),
  ]
  for (const value of values) {
    for (const indent of [0, 2]) t.strictSame(parse(JSON.stringify(value, null, indent)), value)
  }
})

t.test('a key twice in one object', async (t) => {
  for (const text of [
    '{"a":1,"a":1}',
    '{ "a" : {"a":[]} , "b":0, "\\u0061":2 }',
    '[[],{"x":[{"a":1 ,"b":[] ,"a":{}}]}]',
  ]) {
    t.throws(() => parse(text), { message: 'has the key "a" twice' })
  }
  t.throws(() => parse('{"__proto__":1,"__proto__":2}'), { message: 'has the key "__proto__" twice' })
})

t.test('what is not JSON', async (t) => {
  for (const text of [
    '',
    ' ',
    '{',
    '}',
    '"',
    '"\\"',
    '{"a"}',
    '[1,]',
    '{a:1}',
    '{"a":1}}',
    "{'a':1}",
    '\uFEFF1',
    'NaN',
    '01',
  ]) {
    t.throws(() => parse(text), { message: 'is not JSON' }, text)
  }
})

t.test('structure that costs far more than its text', async (t) => {
  t.ok(parse(`${'['.repeat(32)}${']'.repeat(32)}`))
  t.throws(() => parse('['.repeat(33)), { message: 'is nested more than 32 deep' })
  t.throws(() => parse('{"a":'.repeat(1e6)), { message: 'is nested more than 32 deep' })
  const many = (item: string) => () => parse(`[${`${item},`.repeat(300_000)}0]`)
  const keys = Array.from({ length: 250_001 }, (_, k) => `"${k}":0`)
  t.throws(() => parse(`[{${keys}}]`), { message: 'has more keys than a valid file' })
  t.equal(Object.keys(parse(`{${keys.slice(1)}}`) as object).length, 250_000)
  t.throws(many('{}'), { message: 'has more objects than a valid file of its length' })
  t.throws(many('[]'), { message: 'has more arrays than a valid file of its length' })
  t.throws(many('{"some longer key":0}'), { message: 'has more objects than a valid file of its length' })
})
