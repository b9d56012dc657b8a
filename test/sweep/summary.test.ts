import t from 'tap'
import { type Figures, madeSummary } from '../support/sweeps.js'

const figures = (score: number, pathNorm: number, weights: number, seconds: number): Figures => ({
  ...{ score, pathNorm, weights, seconds },
})

t.test('the front has each setting that none is better than in everything', async (t) => {
  const { settings, best } = madeSummary([
    [figures(1, 5, 50, 5)], // best score
    [figures(2, 4, 40, 4)],
    [figures(2, 4, 40, 5)], // slower than the one before, otherwise equal
    [figures(3, 9, 99, 3)], // fastest
    [figures(3, 9, 10, 9)], // smallest
    [figures(4, 4.5, 50, 9)], // worse than the second in everything
    [figures(2, 4, 40, 4)], // equal to the second
  ])
  t.strictSame(
    settings.map(({ front }) => front),
    [true, true, false, true, true, false, true],
  )
  t.equal(best, 0)
})

t.test('where more is better, the most is best', async (t) => {
  const { settings, best } = madeSummary([[figures(0.5, 1, 1, 1)], [figures(0.9, 2, 2, 2)], [figures(0.4, 2, 2, 2)]], {
    metric: 'r2',
  })
  t.equal(best, 1)
  t.strictSame(
    settings.map(({ front }) => front),
    [true, true, false],
  )
})

t.test('settings with a failed or an open trial do not compete, but have means', async (t) => {
  const summary = madeSummary([
    [figures(1, 1, 1, 1), null],
    [figures(2, 2, 2, 2), undefined],
    [figures(3, 3, 3, 3), figures(5, 5, 5, 5)],
    [null, null],
  ])
  t.match(summary, { stopped: 'cancelled', planned: 8, best: 2 })
  t.equal(summary.trials.length, 7)
  t.match(summary.settings, [
    { score: 1, trials: 2, failures: 1, front: false, standardError: null },
    { score: 2, trials: 1, failures: 0, front: false },
    { score: 4, pathNorm: 4, weights: 4, bytes: 16, seconds: 4, trials: 2, failures: 0, front: true, standardError: 1 },
    { score: null, pathNorm: null, trials: 2, failures: 2, front: false, scores: {} },
  ])
  t.equal(madeSummary([[null], [undefined]]).best, null)
})

t.test('a trial without the score, as AUC on rows of one class, counts as failed', async (t) => {
  const summary = madeSummary([[figures(0.5, 1, 1, 1)], [figures(0.9, 1, 1, 1)]], { metric: 'auc' })
  t.equal(summary.best, 1)
  const none = { ...(figures(0, 1, 1, 1) as object), score: undefined } as never
  t.match(madeSummary([[none]], { metric: 'auc' }), { best: null, settings: [{ failures: 1, score: null }] })
})
