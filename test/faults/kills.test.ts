import t from 'tap'
import { killRuns, kinds } from './kills.mjs'

t.test('runs that are killed at random moments end with the same bits', async (t) => {
  t.ok(kinds.length >= 4)
  const { kills, ended, different, fromTheStart } = await killRuns({ kills: 6, perRun: 2, seed: 7 })
  t.equal(kills, 6)
  t.ok(ended >= 3)
  t.equal(different, 0)
  t.equal(fromTheStart, 0, 'each run that had a checkpoint goes on from it')
})
