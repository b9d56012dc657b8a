import loadHighs from 'highs'
import { PsilonNet, PsilonResNet } from 'psilon'
import t from 'tap'
import { generator } from '../support/core.js'
import { instructionSets } from '../support/instruction-sets.mjs'
import { marginsOf, type ReluLayer, reluLayers } from './layers.js'

/** Its types are those of a CommonJS module, which has no default to call. */
const load = loadHighs as unknown as typeof loadHighs.default

/** A mixed-integer program finds the nearest input with another class: each relu is a switch, as in big-M models. */

const term = (factor: number, name: string): string =>
  `${factor < 0 ? '-' : '+'} ${Math.abs(factor).toFixed(12)} ${name}`

/** Within `reach` of a row: min t, |x_j - row_j| <= t, and a margin of at most 0. */
function nearestFlip(
  layers: readonly ReluLayer[],
  row: readonly number[],
  margin: readonly number[],
  reach: number,
): string {
  const constraints: string[] = []
  const limits: string[] = [`0 <= t <= ${reach}`]
  const switches: string[] = []
  row.forEach((value, j) => {
    constraints.push(`x${j} - t <= ${value.toFixed(12)}`, `x${j} + t >= ${value.toFixed(12)}`)
    limits.push(`${(value - reach).toFixed(12)} <= x${j} <= ${(value + reach).toFixed(12)}`)
  })
  let names = row.map((_, j) => `x${j}`)
  let ranges = row.map((value): [number, number] => [value - reach, value + reach])
  layers.forEach(({ straight, bent, bias }, k) => {
    const isLast = k + 1 === layers.length
    const rows = isLast ? [margin] : bias.map((_, i) => bias.map((_, o) => Number(o === i)))
    const found = rows.map((combination, i) => {
      const sum = (of: readonly (readonly number[])[], j: number) =>
        combination.reduce((total, factor, o) => total + factor * ((of[o] as number[])[j] as number), 0)
      const constant = combination.reduce((total, factor, o) => total + factor * (bias[o] as number), 0)
      let [low, high] = [constant, constant]
      const terms = names.flatMap((name, j) => {
        const [s, b] = [sum(straight, j), sum(bent, j)]
        const [l, h] = ranges[j] as [number, number]
        low += Math.min(s * l, s * h) + Math.min(0, b * Math.max(h, 0))
        high += Math.max(s * l, s * h) + Math.max(0, b * Math.max(h, 0))
        return [...(s === 0 ? [] : [term(s, name)]), ...(b === 0 ? [] : [term(b, `r${name}`)])]
      })
      const z = isLast ? 'margin' : `z${k}_${i}`
      constraints.push(`${terms.join(' ')} - ${z} = ${(-constant).toFixed(12)}`)
      limits.push(isLast ? `${low.toFixed(12)} <= margin <= 0` : `${low.toFixed(12)} <= ${z} <= ${high.toFixed(12)}`)
      if (!isLast) {
        const [l, h] = [Math.min(low, 0), Math.max(high, 0)]
        limits.push(`0 <= r${z} <= ${h.toFixed(12)}`)
        constraints.push(`r${z} - ${z} >= 0`)
        constraints.push(`r${z} - ${z} ${term(-l, `s${z}`)} <= ${(-l).toFixed(12)}`)
        constraints.push(`r${z} ${term(-h, `s${z}`)} <= 0`)
        switches.push(`s${z}`)
      }
      return { name: z, range: [low, high] as [number, number] }
    })
    names = found.map(({ name }) => name)
    ranges = found.map(({ range }) => range)
  })
  return `Minimize\n obj: t\nSubject To\n ${constraints.join('\n ')}\nBounds\n ${limits.join('\n ')}\nBinary\n ${switches.join('\n ')}\nEnd\n`
}

const before = process.env.PSILON_INSTRUCTION_SET
for (const level of instructionSets)
  for (const { kind, outputs } of [
    { kind: PsilonNet, outputs: 1 },
    { kind: PsilonNet, outputs: 3 },
    { kind: PsilonResNet, outputs: 1 },
  ])
    t.test(`${level}: a solver finds the exact radii of a pruned ${kind.name}, ${outputs} outputs`, async (t) => {
      process.env.PSILON_INSTRUCTION_SET = level
      const highs = await load()
      const next = generator(7)
      const x = Array.from({ length: 200 }, () => [next(), next(), next(), next()])
      const y = x.map(([a = 0, b = 0, c = 0, d = 0]) => {
        const f = a * a - b + 0.5 * Math.abs(c) * d
        return outputs === 1 ? Number(f > 0) : f > 0.3 ? 2 : f > -0.3 ? 1 : 0
      })
      const net = new kind({
        inputs: 4,
        hidden: kind === PsilonNet ? 24 : 10,
        depth: 2,
        outputs,
        seed: 2,
        dtype: 'float64',
      })
      const loss = outputs === 1 ? 'bce' : 'softmax'
      await net.fit({ x, y }, { loss, epochs: 150, batchSize: 50, learningRate: 1e-2, prune: { sparsity: 0.6 } })
      net.compact()
      const layers = reluLayers(net)
      const rows = x.slice(0, 6)
      const { radii, upper, exact, classes } = await net.certify(rows, { level: 'exact' })
      rows.forEach((row, i) => {
        t.ok(exact[i])
        const found = marginsOf(classes[i] as number, outputs).flatMap((margin) => {
          const { Status, ObjectiveValue } = highs.solve(nearestFlip(layers, row, margin, 1.5 * (upper[i] as number)), {
            mip_rel_gap: 1e-6,
          })
          return Status === 'Optimal' ? [ObjectiveValue] : []
        })
        const expected = Math.min(...found)
        const radius = radii[i] as number
        t.ok(radius <= expected * (1 + 1e-5) && radius >= expected * (1 - 2e-3), `${radius} is ${expected}`)
        t.ok((upper[i] as number) >= expected * (1 - 1e-5) && (upper[i] as number) <= expected * (1 + 2e-3))
      })
      if (before === undefined) delete process.env.PSILON_INSTRUCTION_SET
      else process.env.PSILON_INSTRUCTION_SET = before
    })
