import t from 'tap'
import { unpackLz4, unpackLz4Raw } from '#psilon/tables/parquet/lz4.js'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const codes = (letters: string) => [...Buffer.from(letters, 'latin1')]
/** A frame around a block. */
const framed = (unpacked: number, block: number[]) => [0, 0, 0, unpacked, 0, 0, 0, block.length, ...block]

t.test('literals and matches, which may overlap what they write', (t) => {
  const cases: [block: number[], expected: string][] = [
    [[0x30, ...codes('abc')], 'abc'],
    [[0x30, ...codes('abc'), 3, 0, 0x10, ...codes('x')], 'abcabcax'], // 4 bytes from 3 before
    [[0x1f, ...codes('a'), 1, 0, 255, 0, 0x10, ...codes('b')], `${'a'.repeat(1 + 4 + 15 + 255)}b`],
    [[0xf0, 255, 1, ...codes('c'.repeat(15 + 256))], 'c'.repeat(15 + 256)],
  ]
  for (const [block, expected] of cases) {
    t.equal(text(unpackLz4Raw(Uint8Array.from(block), expected.length)), expected)
  }
  t.end()
})

t.test('frames, and a block without one', (t) => {
  const block = [0x30, ...codes('abc')]
  t.equal(text(unpackLz4(Uint8Array.from([...framed(3, block), ...framed(3, block)]), 6)), 'abcabc')
  t.equal(text(unpackLz4(Uint8Array.from(block), 3)), 'abc')
  t.throws(() => unpackLz4(Uint8Array.from(framed(3, block)), 4), {
    message: 'a page has 3 bytes unpacked, its header says 4',
  })
  t.end()
})

t.test('damage is refused', (t) => {
  const cases: [block: number[], message: string][] = [
    [[0x40, ...codes('abc')], 'a page ends within its packed bytes'],
    [[0x30, ...codes('abc'), 3], 'a page ends within its packed bytes'],
    [[0xf0, 255], 'a page ends within its packed bytes'],
    [[0x30, ...codes('abc'), 0, 0], 'a page repeats bytes that it does not have'],
    [[0x30, ...codes('abc'), 4, 0], 'a page repeats bytes that it does not have'],
    [[0x3f, ...codes('abc'), 3, 0, 255, 255, 0], 'a page has more bytes unpacked than its header says: 9'],
    [[0xa0, ...codes('0123456789')], 'a page has more bytes unpacked than its header says: 9'],
    [[0x30, ...codes('abc')], 'a page has 3 bytes unpacked, its header says 9'],
    [[], 'a page has 0 bytes unpacked, its header says 9'],
  ]
  for (const [block, message] of cases) t.throws(() => unpackLz4Raw(Uint8Array.from(block), 9), { message })
  t.end()
})
