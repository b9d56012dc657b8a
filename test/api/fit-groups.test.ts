import t from 'tap'
import type { Device } from '#psilon/devices.js'
import { groupFits } from '#psilon/network/fit-groups.js'
import { SharedRows } from '#psilon/network/fit-rows.js'
import { checkFit, type PlannedFit, placeFits } from '#psilon/network/training.js'
import { configOf, type Shape } from '../support/core.js'
import { someRows } from '../support/tables.js'

const known = new SharedRows()
const table = (rows: number) => ({ x: someRows(rows, 3), y: someRows(rows, 1) })
const [rows, otherRows, more] = [table(40), table(40), table(41)]

const gpu: Device = {
  ...{ name: 'cuda', kind: 'cuda', description: '', instructionSet: 'sm_90', instructionSets: [] },
  ...{ memory: 80e9, available: true, reason: null },
}

function plan(options: object = {}, data: object = rows, shape: Shape = {}): PlannedFit {
  const config = configOf({ width: 8, outputs: 1, ...shape })
  const checked = checkFit({ config, seed: 1 }, { data, options: { epochs: 5, ...options } }, known)
  return { ...checked, device: gpu, reason: 'asked for' }
}

/** Of plans on a GPU with that much free memory. */
function groupsOf(plans: PlannedFit[], free = 1e9) {
  const each = plans.map(({ bytes }) => bytes)
  const memory = { shared: known.bytes, each }
  return groupFits(plans, { device: gpu, threads: 2 }, memory, () => ({ free, reserve: 1000 }))
}

t.test('on a GPU fits of the same work are one group', (t) => {
  const weights = { sampleWeight: new Float64Array(40).fill(1) }
  const prune = { sparsity: 0.5 }
  const same = [
    plan(),
    plan({ lambda: 0.1, regWeight: 0.3 }),
    plan({ learningRate: 0.1, schedule: 'constant', seed: 9 }),
    plan({}, otherRows),
    plan({ batchSize: 50 }), // all rows, as by default
  ]
  const watched = [
    plan({ validation: more }),
    plan({ validation: more, earlyStopping: { patience: 3 } }),
    plan({ validation: { ...more } }),
  ]
  const others = [
    plan({ epochs: 6 }),
    plan({ batchSize: 39 }),
    plan({ projection: 'every-step' }),
    plan({ regularizer: 'l2' }),
    plan({ loss: 'bce' }, { ...rows, y: { data: new Float32Array(40), shape: [40, 1] } }),
    plan({ prune }),
    plan({ prune: { sparsity: 0.6 } }),
    plan({ prune: { ...prune, from: 0.1 } }),
    plan({ validation: rows }),
    plan({ validation: { ...more, every: 2 } }),
    plan({}, more),
    plan({}, { ...rows, ...weights }),
    plan({}, rows, { width: 9 }),
    plan({}, rows, { kind: 'resnet' }),
    plan({}, rows, { dtype: 'float32' }),
    plan({}, rows, { pruned: true }),
    plan({}, rows, { normalization: 'l2' }),
    plan({}, rows, { sharedLength: [true, false] }),
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
    const [small, large] = [plan(), plan({}, rows, { width: 20 })]
    const mixed = [small, large, small, large, small]
    t.match(groupsOf(mixed), {
      groups: [
        [0, 2, 4],
        [1, 3],
      ],
      lanes: 2,
    })
    const room = (count: number) => 2 * (count * large.gpuBytes + 1000)
    t.match(groupsOf([large, large, large, large, large], room(2)), { groups: [[0, 1], [2, 3], [4]], lanes: 1 })
    t.match(groupsOf([large, large, large, large, large], room(1)), { groups: [[0], [1], [2], [3], [4]], lanes: 1 })
    t.match(groupsOf([small, large, plan({ epochs: 6 })], room(2)), { groups: [[0], [1], [2]], lanes: 2 })
    t.match(groupsOf([large], 1), { groups: [[0]], lanes: 1 })
    t.end()
  },
)

t.test('on a CPU each fit is by itself', (t) => {
  const { device, plans } = placeFits('cpu', [plan(), plan(), plan()])
  const each = plans.map(({ bytes }) => bytes)
  const groups = groupFits(plans, { device, threads: 2 }, { shared: 0, each })
  t.strictSame(groups, { groups: [[0], [1], [2]], threads: 2, lanes: 2 })
  t.end()
})
