import t from 'tap'
import type { Bound } from '#psilon/words.js'
import { native } from '../addon/native.mjs'
import { allByOne, configOf, drawData, drawNetwork, generator, meanOf, predictRows } from '../support/core.js'

const bounds: Bound[] = ['original', 'improved', 'tight']

function classOf(outputs: Float64Array): number {
  return outputs.length === 1 ? Number((outputs[0] as number) > 0) : outputs.indexOf(Math.max(...outputs))
}

t.test('no step inside a radius changes the class', async (t) => {
  const next = generator(4)
  for (const kind of ['mlp', 'resnet'] as const)
    for (const outputs of [1, 2, 5]) {
      const network = drawNetwork({ kind, outputs, depth: 3, width: 6 }, 8)
      const { x, rows } = drawData(configOf({ outputs }), 'mse', 30)
      for (const bound of bounds) {
        const { classes, radii } = await native.certify(meanOf([network]), x, rows, allByOne(x), bound, 1)
        for (let row = 0; row < rows; row++) {
          const here = x.subarray(3 * row, 3 * row + 3) as Float64Array
          t.equal(classes[row], classOf(predictRows(network, here.slice(), 1, 1) as Float64Array))
          const radius = Math.min(radii[row] as number, 1e3)
          for (let trial = 0; trial < 40; trial++) {
            const corner = trial % 2 === 0
            const there = here.map((value) => value + 0.9999 * radius * (corner ? Math.sign(next()) : next()))
            if (classOf(predictRows(network, there, 1, 1) as Float64Array) !== classes[row]) t.fail(`${kind} ${bound}`)
          }
        }
      }
    }
})

t.test('inputs move in proportion to their tolerances, those of 0 stay', async (t) => {
  const next = generator(6)
  for (const kind of ['mlp', 'resnet'] as const)
    for (const dtype of ['float64', 'float32'] as const) {
      const network = drawNetwork({ kind, dtype, outputs: 3, depth: 3, width: 6 }, 8)
      const { x, rows } = drawData(configOf({ outputs: 3, dtype }), 'mse', 40)
      const tolerances = Float64Array.from(x, (_, at) => [0, 0.25, 2, 1][(at * 7) % 4] as number)
      const mean = meanOf([network])
      const all = await native.certify(mean, x, rows, allByOne(x), 'tight', 1)
      const { classes, radii } = await native.certify(mean, x, rows, tolerances, 'tight', 1)
      const none = await native.certify(mean, x, rows, new Float64Array(x.length), 'tight', 1)
      for (let row = 0; row < rows; row++) {
        const own = tolerances.subarray(3 * row, 3 * row + 3)
        const [radius, byOne] = [radii[row] as number, all.radii[row] as number]
        t.ok(radius * Math.max(...own) >= byOne * (1 - 1e-6), `row ${row}: ${radius} of ${own}, ${byOne} of ones`)
        if (byOne > 0) t.equal(none.radii[row], Infinity, 'a row that stays keeps its class')
        for (let trial = 0; trial < 40; trial++) {
          const there = x.slice(3 * row, 3 * row + 3).map((value, j) => {
            const share = trial % 2 === 0 ? Math.sign(next()) : next()
            return value + 0.9999 * Math.min(radius, 1e3) * (own[j] as number) * share
          })
          const f = Float64Array.from(predictRows(network, there, 1, 1))
          if (classOf(f) !== classes[row]) t.fail(`${kind} ${dtype}, row ${row}`)
        }
      }
      const more = radii.filter((radius, row) => radius > 1.01 * (all.radii[row] as number))
      t.ok(more.length > rows / 4, `${more.length} rows may move further where inputs stay`)
    }
})

t.test('tight blocks give radii at least as large', async (t) => {
  const network = drawNetwork({ kind: 'resnet', outputs: 3, depth: 4, width: 6 })
  const { x, rows } = drawData(configOf({}), 'mse', 20)
  const [improved, tight] = await Promise.all(
    (['improved', 'tight'] as const).map((b) => native.certify(meanOf([network]), x, rows, allByOne(x), b, 1)),
  )
  t.ok(tight?.radii.every((radius, i) => radius >= (improved?.radii[i] as number) * (1 - 1e-12)))
})

t.test('with one active hidden unit the radius is the distance to the boundary', async (t) => {
  const network = drawNetwork({ depth: 1, width: 1, inputs: 2, outputs: 1 })
  const set = (shape: number[], ...data: number[]) => ({ shape, data: Float64Array.from(data) })
  network.setParameters({
    'layers.0.v': set([1, 2], 3, -1),
    'layers.0.g': set([1], 2),
    'layers.0.b': set([1], 10),
    'layers.1.v': set([1, 1], 1),
    'layers.1.g': set([1], 0.5),
    'layers.1.b': set([1], -4),
  })
  const x = Float64Array.of(1, 1)
  const f = predictRows(network, x, 1, 1)[0] as number
  const { radii } = await native.certify(meanOf([network]), x, 1, allByOne(x), 'improved', 1)
  t.ok(Math.abs((radii[0] as number) - Math.abs(f)) < 1e-12, 'W has L1 norm 2 and the output length 0.5')
  const there = (step: number) => predictRows(network, Float64Array.of(1 - step, 1 + step), 1, 1)[0] as number
  t.ok(Math.sign(there((radii[0] as number) * 0.999)) === Math.sign(f))
  t.ok(Math.sign(there((radii[0] as number) * 1.001)) !== Math.sign(f))
})

t.test('where nothing can change the class there is no limit', async (t) => {
  const network = drawNetwork({ outputs: 3 })
  const parameters = network.parameters()
  parameters['layers.2.g']?.data.fill(0)
  parameters['layers.2.b']?.data.set([1, 2, 1.5])
  network.setParameters(parameters)
  const x = new Float64Array(6)
  const { classes, radii } = await native.certify(meanOf([network]), x, 2, allByOne(x), 'improved', 1)
  t.strictSame(
    [Array.from(classes), Array.from(radii)],
    [
      [1, 1],
      [Infinity, Infinity],
    ],
  )
})
