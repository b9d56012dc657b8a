import { PsilonNet, PsilonResNet } from 'psilon'
import t from 'tap'
import { generator } from '../support/core.js'
import { instructionSets } from '../support/instruction-sets.mjs'

/** Points strictly within a radius of a row, as a user would write them down: in double precision. */
function pointsWithin(
  row: readonly number[],
  radius: number,
  slopes: readonly number[],
  next: () => number,
): number[][] {
  const isWithin = (point: readonly number[]) => point.every((v, j) => Math.abs(v - (row[j] as number)) < radius)
  const moved = (move: (j: number) => number) => row.map((v, j) => v + radius * move(j))
  const corners = [1, 0.9999, 0.99, 0.5].flatMap((share) =>
    [1, -1].map((sign) => moved((j) => sign * share * Math.sign(slopes[j] as number))),
  )
  const drawn = Array.from({ length: 40 }, (_, k) =>
    moved(() => (k % 2 === 0 ? 0.99999 * Math.sign(next()) : 0.99999 * next())),
  )
  return [...corners, ...drawn].filter(isWithin)
}

const classOf = (f: ArrayLike<number>) => Number((f[0] as number) > 0)

/** Differences of the output along each input, over a tenth of the radius. */
function slopesAt(net: PsilonNet | PsilonResNet, row: readonly number[], radius: number): number[] {
  const at = (point: number[]) => net.predictSync([point]).data[0] as number
  const here = at([...row])
  return row.map((_, j) => at(row.map((v, k) => (k === j ? v + radius / 10 : v))) - here)
}

/** A row on the boundary between two of different classes, and beside it. */
function beside(net: PsilonNet | PsilonResNet, from: number[], to: number[], offset: number): number[] {
  let [low, high] = [from, to]
  const own = classOf(net.predictSync([from]).data)
  for (let step = 0; step < 50; step++) {
    const middle = low.map((v, j) => (v + (high[j] as number)) / 2)
    if (classOf(net.predictSync([middle]).data) === own) low = middle
    else high = middle
  }
  return low.map((v, j) => v + offset * ((from[j] as number) - (to[j] as number)))
}

const before = process.env.PSILON_INSTRUCTION_SET
for (const level of instructionSets)
  for (const kind of [PsilonNet, PsilonResNet])
    for (const dtype of ['float32', 'float64'] as const)
      t.test(`${level}: nothing within a radius of a ${kind.name} in ${dtype} has another class`, async (t) => {
        process.env.PSILON_INSTRUCTION_SET = level
        const next = generator(3)
        const net = new kind({ inputs: 3, hidden: 12, depth: 2, dtype, seed: 1 })
        const x = Array.from({ length: 120 }, () => [next(), next(), next()])
        const y = x.map(([a = 0, b = 0, c = 0]) => Number(a - b > 0.3 * c))
        await net.fit({ x, y }, { loss: 'bce', epochs: 60, batchSize: 30, learningRate: 1e-2, lambda: 1e-3 })
        let tried = 0
        for (const size of [1, 1e3, 1e8]) {
          const far = x.slice(0, 30).map((row) => row.map((v) => size * v))
          const classes = far.map((row) => classOf(net.predictSync([row]).data))
          const other = far.find((_, i) => classes[i] !== classes[0]) as number[]
          const near = [0, 1e-7, 1e-6, 1e-4, 1e-2].map((offset) => beside(net, far[0] as number[], other, offset))
          const rows = [...far.slice(0, 6), ...near]
          for (const level of ['global', 'local', 'linear', 'exact'] as const) {
            const { classes, radii, counterexamples } = await net.certify(rows, { level, budget: 50 })
            for (const [i, row] of rows.entries()) {
              const radius = Math.min(radii[i] as number, 10 * size)
              const found = counterexamples[i]
              if (found) t.not(classOf(net.predictSync([Array.from(found)]).data), classes[i], 'a counterexample')
              if (radius === 0) continue
              const points = pointsWithin(row, radius, slopesAt(net, row, radius), next)
              const together = net.predictSync(points.length > 0 ? points : [row]).data
              tried += points.length
              points.forEach((point, k) => {
                const alone = classOf(net.predictSync([point]).data)
                if (alone !== classes[i] || classOf([together[k] as number]) !== classes[i])
                  t.fail(`${level}: ${point} is within ${radii[i]} of ${row}`)
              })
            }
          }
        }
        t.ok(tried > 1000, `${tried} points`)
        if (before === undefined) delete process.env.PSILON_INSTRUCTION_SET
        else process.env.PSILON_INSTRUCTION_SET = before
      })
