import t from 'tap'
import { native } from '../addon/native.mjs'
import { configOf, drawData, drawNetwork, envelope, generator, objective, rowsOf, sum } from '../support/core.js'

t.test('projected rows have norm 1 and keep their signs', async (t) => {
  for (const kind of ['mlp', 'resnet'] as const)
    for (const width of [1, 5, 17, 65]) {
      const shape = { kind, width, inputs: 33 }
      const network = drawNetwork(shape)
      const { projection, thresholds } = native.evaluate(network, drawData(configOf(shape), 'mse'), objective, 0, 1)
      const raw = rowsOf(network.parameters(), 'v')
      for (const [k, layer] of rowsOf(projection ?? {}, 'p').entries())
        for (const [i, matrices] of layer.entries()) {
          t.ok(Math.abs(sum(envelope(matrices)) - 1) < 1e-12)
          const tau = thresholds?.[`layers.${k}.tau`]?.data[i] as number
          for (const [s, p] of matrices.entries())
            for (const [j, value] of p.entries()) {
              const v = raw[k]?.[i]?.[s]?.[j] as number
              const size = Math.max(Math.abs(v) - tau, 0)
              t.ok(Math.abs(value - (v < 0 ? -size : size)) < 1e-13)
            }
        }
    }
})

t.test('no point of the sphere is nearer to a row than its projection', async (t) => {
  const shape = { depth: 1, width: 6, inputs: 9 }
  const network = drawNetwork(shape)
  const { projection } = native.evaluate(network, drawData(configOf(shape), 'mse'), objective, 0, 1)
  const raw = rowsOf(network.parameters(), 'v')
  const next = generator(3)
  for (const [i, [p]] of (rowsOf(projection ?? {}, 'p')[0] ?? []).entries()) {
    const v = raw[0]?.[i]?.[0] as Float64Array
    const distance = (to: Float64Array) => Math.hypot(...v.map((x, j) => x - (to[j] as number)))
    const best = distance(p as Float64Array)
    for (let trial = 0; trial < 300; trial++) {
      const near = trial % 2 === 0 ? 0.05 : 1
      const point = Float64Array.from(p as Float64Array, (x) => (1 - near) * x + near * next())
      const norm = sum(point.map(Math.abs))
      if (distance(point.map((x) => x / norm)) < best - 1e-12) t.fail(`row ${i}`)
    }
  }
})

t.test('a row of norm below 1 moves outwards, its zeros too', async (t) => {
  const network = drawNetwork({ depth: 1, width: 2, inputs: 4, outputs: 1 })
  const parameters = network.parameters()
  parameters['layers.0.v']?.data.set([0.1, -0.1, 0, 0.2, 5, 1, 1, 1])
  network.setParameters(parameters)
  const config = configOf({ depth: 1, width: 2, inputs: 4, outputs: 1 })
  const { projection, thresholds } = native.evaluate(network, drawData(config, 'mse'), objective, 0, 1)
  const p = projection?.['layers.0.p']?.data as Float64Array
  for (const [j, expected] of [0.25, -0.25, 0.15, 0.35, 1, 0, 0, 0].entries())
    t.ok(Math.abs((p[j] as number) - expected) < 1e-15)
  t.ok(Math.abs((thresholds?.['layers.0.tau']?.data[0] as number) + 0.15) < 1e-15)
})

t.test('ties, huge and tiny rows end, and keep an entry', async (t) => {
  for (const dtype of ['float32', 'float64'] as const)
    for (const size of [1e-30, 1e-3, 1, 1e3, 1e12, 1e30]) {
      const network = drawNetwork({ depth: 1, width: 2, inputs: 300, outputs: 1, dtype })
      const parameters = network.parameters()
      parameters['layers.0.v']?.data.fill(size)
      network.setParameters(parameters)
      const data = drawData(configOf({ depth: 1, inputs: 300, outputs: 1, dtype }), 'mse')
      const { projection } = native.evaluate(network, data, objective, 0, 1)
      t.ok(
        projection?.['layers.0.p']?.data.some((p) => p > 0),
        `${dtype} ${size}`,
      )
    }
})

t.test('projected gradient descent keeps every row on the sphere', async (t) => {
  for (const kind of ['mlp', 'resnet'] as const) {
    const shape = { kind, width: 9 }
    const trainer = new native.Trainer(drawNetwork(shape), drawData(configOf(shape), 'mse'), objective, 'every-step', 1)
    for (let step = 0; step < 20; step++) {
      if (step > 0) t.ok(Number.isFinite(trainer.step(1e-2, 0.9, 0).loss))
      for (const layer of rowsOf(trainer.parameters(), 'v'))
        for (const matrices of layer) t.ok(Math.abs(sum(envelope(matrices)) - 1) < 1e-12)
    }
  }
})
