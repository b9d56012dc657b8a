import t from 'tap'
import { groupFits } from '#psilon/fit/groups.js'
import { checkFit, type FitJob, placeFits } from '#psilon/fit/job.js'
import { SharedRows } from '#psilon/fit/rows.js'
import type { Device } from '#psilon/machine/devices.js'
import { configOf, type Shape } from '../support/core.js'
import { someRows } from '../support/tables.js'

const known = new SharedRows()
const table = (rows: number) => ({ x: someRows(rows, 3), y: someRows(rows, 1) })
const [rows, otherRows, more] = [table(40), table(40), table(41)]

const gpu: Device = {
  ...{ name: 'cuda', kind: 'cuda', description: '', instructionSet: 'sm_90', instructionSets: [] },
  ...{ memory: 80e9, available: true, reason: null },
}

function job(options: object = {}, data: object = rows, shape: Shape = {}): FitJob {
  const config = configOf({ width: 8, outputs: 1, ...shape })
  return checkFit({ config, seed: 1 }, { data, options: { epochs: 5, ...options } }, known)
}

/** Groups of fits on a GPU with that much free memory. */
function groupsOf(jobs: FitJob[], free = 1e9) {
  const placement = { device: gpu, reason: 'asked for' }
  const run = { placement, threads: 2 }
  return groupFits(jobs, run, { shared: known.bytes }, () => ({ free, reserve: 1000 }))
}

t.test('on a GPU fits of the same work are one group', (t) => {
  const weights = { sampleWeight: new Float64Array(40).fill(1) }
  const prune = { sparsity: 0.5 }
  const same = [
    job(),
    job({ lambda: 0.1, regWeight: 0.3 }),
    job({ learningRate: 0.1, schedule: 'constant', seed: 9 }),
    job({}, otherRows),
    job({ batchSize: 50 }), // all rows, as by default
  ]
  const watched = [
    job({ validation: more }),
    job({ validation: more, earlyStopping: { patience: 3 } }),
    job({ validation: { ...more } }),
  ]
  const others = [
    job({ epochs: 6 }),
    job({ batchSize: 39 }),
    job({ projection: 'every-step' }),
    job({ regularizer: 'l2' }),
    job({ loss: 'bce' }, { ...rows, y: { data: new Float32Array(40), shape: [40, 1] } }),
    job({ prune }),
    job({ prune: { sparsity: 0.6 } }),
    job({ prune: { ...prune, from: 0.1 } }),
    job({ validation: rows }),
    job({ validation: { ...more, every: 2 } }),
    job({}, more),
    job({}, { ...rows, ...weights }),
    job({}, rows, { width: 9 }),
    job({}, rows, { kind: 'resnet' }),
    job({}, rows, { dtype: 'float32' }),
    job({}, rows, { pruned: true }),
    job({}, rows, { normalization: 'l2' }),
    job({}, rows, { sharedLength: [true, false] }),
  ]
  t.strictSame(groupsOf([...same, ...watched, ...others]).groups, [
    [0, 1, 2, 3, 4],
    [5, 6, 7],
    ...others.map((_, k) => [8 + k]),
  ])
  t.strictSame(groupsOf([]).groups, [])
  t.end()
})

t.test(
  'a group has room in half of what is free, but for its reserve, and so have groups that are under way at once',
  (t) => {
    const [small, large] = [job(), job({}, rows, { width: 20 })]
    const mixed = [small, large, small, large, small]
    t.match(groupsOf(mixed), {
      groups: [
        [0, 2, 4],
        [1, 3],
      ],
      lanes: 2,
    })
    const room = (count: number) => 2 * (count * large.memory.gpu + 1000)
    t.match(groupsOf([large, large, large, large, large], room(2)), { groups: [[0, 1], [2, 3], [4]], lanes: 1 })
    t.match(groupsOf([large, large, large, large, large], room(1)), { groups: [[0], [1], [2], [3], [4]], lanes: 1 })
    t.match(groupsOf([small, large, job({ epochs: 6 })], room(2)), { groups: [[0], [1], [2]], lanes: 2 })
    t.match(groupsOf([large], 1), { groups: [[0]], lanes: 1 })
    t.end()
  },
)

t.test('on a CPU each fit is by itself', (t) => {
  const jobs = [job(), job(), job()]
  const placement = placeFits('cpu', jobs)
  const groups = groupFits(jobs, { placement, threads: 2 }, { shared: 0 })
  t.strictSame(groups, { groups: [[0], [1], [2]], placement, threads: 2, lanes: 2, most: 3 })
  t.end()
})
