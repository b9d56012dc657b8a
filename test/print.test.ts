import t from 'tap'
import { aligned, count, duration, facts, figure, listed, percent, size } from '#psilon/print.js'

t.test('figures have four significant digits', async (t) => {
  const cases: [number, string][] = [
    [0, '0'],
    [0.35271, '0.3527'],
    [-39.123, '-39.12'],
    [9.9999, '10.000'],
    [1460.4, '1,460'],
    [123456.7, '123,457'],
    [2.5e-7, '2.500e-7'],
    [3e12, '3.000e+12'],
    [Infinity, 'Infinity'],
  ]
  for (const [value, text] of cases) t.equal(figure(value), text)
  t.equal(figure(0.35271, 2), '0.35')
})

t.test('durations', async (t) => {
  const cases: [number, string][] = [
    [0.0312, '31 ms'],
    [0.42, '0.4 s'],
    [9.97, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [185, '3 min 05 s'],
    [3599.9, '1 h 00 min'],
    [7800, '2 h 10 min'],
  ]
  for (const [seconds, text] of cases) t.equal(duration(seconds), text)
})

t.test('counts, sizes, shares and lists', async (t) => {
  t.strictSame([count(1, 'row'), count(1460, 'row')], ['1 row', '1,460 rows'])
  t.strictSame([size(999), size(13_900), size(2.14e6), size(25.3e9)], ['999 bytes', '13.9 kB', '2.1 MB', '25.3 GB'])
  t.equal(percent(0.6625), '66.3 %')
  t.equal(listed(['a', 'b', 'c', 'd'], 2), 'a, b and 2 more')
})

t.test('columns are aligned', async (t) => {
  t.strictSame(
    aligned([
      ['', 'a'],
      ['loss', '0.25'],
      ['x', ''],
    ]),
    ['          a', 'loss   0.25', 'x'],
  )
  t.strictSame(
    facts([
      ['file', 'a.csv'],
      ['gone', ''],
      ['rows', '3'],
    ]),
    ['file   a.csv', 'rows   3'],
  )
})
