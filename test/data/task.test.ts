import t from 'tap'
import { taskOf } from '#psilon/data/task.js'
import type { Cell } from '#psilon/tables/cells.js'
import { columnOf, readTable } from '#psilon/tables/table.js'

const integers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, k) => from + k)

const targets: [name: string, cells: Cell[], task: string, reason: string][] = [
  ['texts', ['yes', 'no', 'yes'], 'classification', 'the target holds texts'],
  ['booleans', [true, false, true], 'classification', 'the target holds true and false'],
  ['texts and missing cells', ['a', null, 'b'], 'classification', 'the target holds texts'],
  ['two integers', [0, 1, 1, 0], 'classification', 'the target has two different values'],
  ['two other numbers', [-1, 2.5, -1], 'classification', 'the target has two different values'],
  ['classes from 0', [2, 0, 1, 1], 'classification', 'the target counts classes from 0 to 2'],
  ['classes from 1', [1, 2, 3, 4], 'classification', 'the target counts classes from 1 to 4'],
  ['ten digits', integers(0, 9), 'classification', 'the target counts classes from 0 to 9'],
  ['eleven counts', integers(0, 10), 'regression', 'the target holds numbers'],
  ['grades from 3', [3, 4, 5, 6, 7, 8, 9], 'regression', 'the target holds numbers'],
  ['integers with a gap', [0, 1, 3], 'regression', 'the target holds numbers'],
  ['fractions', [0.5, 1, 1.5], 'regression', 'the target holds numbers'],
  ['one number', [7, 7], 'regression', 'the target holds numbers'],
  ['numbers and a slip', [1.5, 2.5, 3.5, 4.5, 'x'], 'regression', 'the target holds numbers'],
  [
    'codes',
    ['007', '042', '007'],
    'classification',
    'the target holds codes: numbers with leading zeros, or beyond 2^53',
  ],
  ['texts of true and false', ['True', 'false'], 'classification', 'the target holds true and false'],
  ['more than a slip', [1.5, 2.5, 3.5, 'x'], 'classification', 'the target holds texts'],
]

for (const [name, cells, task, reason] of targets) {
  t.test(`${name}: ${task}`, async (t) => {
    const table = await readTable({ y: cells })
    t.strictSame(taskOf(columnOf(table, 'y', 'target')), { task, reason })
  })
}
