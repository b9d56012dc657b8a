import t from 'tap'
import { RunWork, TimeLeft } from '#psilon/cli/terminal/time-left.js'

type Report = [seconds: number, done: number]

/** What is said of the time left at each report, beside what was left. */
function said(reports: readonly Report[]) {
  const left = new TimeLeft()
  const end = (reports.at(-1) as Report)[0]
  return reports.map(([seconds, done]) => {
    left.add(seconds, done)
    return { seconds, done, said: left.seconds, truth: end - seconds }
  })
}

/** Reports at a pace that changes: so many seconds for each share. */
function paced(stages: readonly [share: number, seconds: number][], reports = 400, begin = 0): Report[] {
  let [seconds, done] = [begin, 0]
  return stages.flatMap(([share, takes]) =>
    Array.from({ length: reports }, (): Report => {
      seconds += takes / reports
      done += share / reports
      return [seconds, done]
    }),
  )
}

/** A search over four lambdas, two at a time, that prunes; then the fit of the chosen one. As it was seen once. */
const search: Report[] = [
  ...([
    [0.09, 0.0005],
    [0.2, 0.017],
    [0.21, 0.05],
    [0.31, 0.0665],
    [0.32, 0.116],
    [0.41, 0.1325],
  ] as Report[]),
  ...([
    [0.41, 0.1655],
    [0.52, 0.215],
    [0.62, 0.248],
    [0.64, 0.281],
    [0.73, 0.314],
    [0.74, 0.347],
  ] as Report[]),
  ...([
    [0.85, 0.38],
    [0.87, 0.413],
    [0.91, 0.4295],
    [0.97, 0.4625],
    [1.02, 0.479],
    [1.08, 0.512],
  ] as Report[]),
  ...([
    [1.14, 0.5285],
    [1.19, 0.5615],
    [1.25, 0.578],
    [1.37, 0.611],
    [1.39, 0.644],
    [1.49, 0.6935],
  ] as Report[]),
  ...([
    [1.58, 0.71],
    [1.68, 0.743],
    [1.79, 0.7595],
    [1.89, 0.7925],
    [2.27, 0.809],
    [2.7, 0.8255],
  ] as Report[]),
  ...([
    [2.81, 0.8585],
    [2.91, 0.875],
    [3.01, 0.8915],
    [3.11, 0.908],
    [3.25, 0.9245],
    [3.33, 0.941],
  ] as Report[]),
  ...([
    [3.46, 0.974],
    [3.65, 0.9905],
    [3.7, 1],
  ] as Report[]),
]

t.test('at a steady pace it is right, and falls by the second', async (t) => {
  for (const hours of [0.001, 0.1, 10]) {
    const all = said(paced([[1, 3600 * hours]]))
    for (const { said, truth, done } of all.slice(30)) {
      t.ok(said !== null && Math.abs(said - truth) < 0.012 * 3600 * hours, `${said} of ${truth} at ${done}`)
    }
  }
})

t.test('nothing is said before there is enough, and a slow beginning does not count', async (t) => {
  t.equal(new TimeLeft().seconds, null)
  const all = said([[40, 0], ...paced([[1, 600]], 1000, 40)])
  t.ok(all.slice(0, 4).every(({ said }) => said === null))
  for (const { said, truth } of all) t.ok(said === null || Math.abs(said - truth) < 0.05 * 600, `${said} of ${truth}`)
})

t.test('what stands still or goes back changes nothing', async (t) => {
  const left = new TimeLeft()
  for (const [seconds, done] of paced([[0.5, 50]])) left.add(seconds, done)
  const before = left.seconds
  left.add(60, 0.499)
  left.add(70, 0.4)
  t.equal(left.seconds, before)
})

t.test('where the pace changes it is right again soon', async (t) => {
  for (const [first, second] of [
    [100, 1000],
    [1000, 100],
  ]) {
    const all = said(
      paced([
        [0.5, first],
        [0.5, second],
      ]),
    )
    const after = all.filter(({ done, truth }) => done > 0.75 && truth > 1)
    for (const { said, truth, done } of after) {
      t.ok(said !== null && said > 0.7 * truth && said < 1.4 * truth, `${said} of ${truth} at ${done}`)
    }
  }
})

t.test('in a search it never says many times what there is', async (t) => {
  for (const slower of [1, 1000]) {
    const all = said(search.map(([seconds, done]) => [seconds * slower, done]))
    const known = all.filter(({ said }) => said !== null)
    t.ok(known.length > 30)
    for (const { said, truth, seconds } of known) {
      t.ok((said as number) < 2 * truth + 0.1 * slower, `${said} of ${truth} at ${seconds}`)
    }
  }
})

t.test('a machine that sleeps, for a while or often, changes nothing', async (t) => {
  const steady = paced([[1, 1000]])
  for (const sleep of [60, 100_000]) {
    const asleep = steady.map(
      ([seconds, done]): Report => [seconds + (done > 0.3 ? sleep : 0) + (done > 0.6 ? sleep : 0), done],
    )
    for (const { said: text, done } of said(asleep).slice(60)) {
      const truth = 1000 * (1 - done)
      t.ok(text !== null && Math.abs(text - truth) < 0.25 * truth + 20, `${text} of ${truth} at ${done}`)
    }
  }
})

t.test('it does not jump: from one report to the next by no more than a tenth, and what a report takes', async (t) => {
  const uneven = paced([[1, 1000]]).map(([seconds, done], k): Report => [seconds + (k % 2), done])
  const all = said(uneven).slice(60, -40)
  all.slice(1).forEach(({ said, seconds }, k) => {
    const before = all[k]
    const rise = (said as number) - (before.said as number)
    t.ok(Math.abs(rise) <= 0.1 * (before.said as number) + seconds - before.seconds, `${before.said}, then ${said}`)
  })
})

t.test('how much of many reports is kept has a bound, and changes little', async (t) => {
  const all = said(paced([[1, 1000]], 50_000))
  for (const { said, truth } of all.slice(500)) t.ok(said !== null && Math.abs(said - truth) < 5)
})

const fit = { stage: 'fit' as const, fit: 1, fits: 1, epoch: 1, epochs: 10 }

t.test('work without a search is what the run reports', async (t) => {
  for (const lastFits of [1, Number.POSITIVE_INFINITY]) {
    t.equal(new RunWork(lastFits).done({ ...fit, progress: 0.1 }), 0.1)
    t.equal(new RunWork(lastFits).done({ ...fit, fits: 3, progress: 0.25 }), 0.25)
  }
})

t.test('a fit that has the threads to itself takes more of the time than one of many', async (t) => {
  const work = new RunWork(1)
  const trial = { stage: 'search' as const, fits: 5, epochs: 10 }
  for (const fit of [1, 2, 3, 4]) work.done({ ...trial, fit, epoch: 1, progress: fit / 50 })
  const searched = work.done({ ...trial, fit: 4, epoch: 10, progress: 4 / 5 })
  t.ok(Math.abs(searched - 4 / (4 + 2)) < 1e-12, 'four at a time: the last one takes as long as two')
  const half = work.done({ ...trial, stage: 'fit', fit: 5, epoch: 5, progress: 4.5 / 5 })
  t.ok(Math.abs(half - 5 / 6) < 1e-12)
  t.equal(work.done({ ...trial, stage: 'fit', fit: 5, epoch: 10, progress: 1 }), 1)
})

t.test('where the chosen fit of the search is kept, there is no last one', async (t) => {
  const work = new RunWork(0)
  t.equal(work.done({ stage: 'search', fit: 1, fits: 4, epoch: 5, epochs: 10, progress: 0.125 }), 0.125)
})
