import t from 'tap'
import { ranksOf } from '../dist/studies/ranks.js'

t.test('the least value has rank 1', async (t) => {
  t.strictSame(ranksOf([0.3, 0.1, 0.2]), [3, 1, 2])
})

t.test('equal values share the mean of their ranks', async (t) => {
  t.strictSame(ranksOf([2, 1, 2, 3]), [2.5, 1, 2.5, 4])
  t.strictSame(ranksOf([5, 5, 5]), [2, 2, 2])
})

t.test('what has no value comes last', async (t) => {
  t.strictSame(ranksOf([null, 7, null]), [2.5, 1, 2.5])
})
