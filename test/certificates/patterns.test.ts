import { PsilonNet, PsilonResNet } from 'psilon'
import t from 'tap'
import { Ensemble } from '#psilon/network/ensemble.js'
import { drawParameters, generator } from '../support/core.js'
import { instructionSets } from '../support/instruction-sets.mjs'
import { dot, marginsOf, type ReluLayer, reluLayers } from './layers.js'

/**
 * Networks of two inputs: every pattern of signs is a polygon of the plane, on which the outputs are affine and so least at a
 * corner. Cutting the box along the lines where units change their sign finds all of them.
 */

type Point = readonly [number, number]
/** a x + b y + c */
type Affine = readonly [number, number, number]

const valueAt = ([a, b, c]: Affine, [x, y]: Point): number => a * x + b * y + c
const combined = (factors: readonly number[], of: readonly Affine[], constant: number): Affine => {
  const part = (k: 0 | 1 | 2) => of.reduce((sum, each, j) => sum + (factors[j] as number) * each[k], 0)
  return [part(0), part(1), part(2) + constant]
}

/** The part of a convex polygon where sign * line >= 0. */
function clipped(polygon: readonly Point[], line: Affine, sign: 1 | -1): Point[] {
  return polygon.flatMap((from, k) => {
    const to = polygon[(k + 1) % polygon.length] as Point
    const [here, there] = [sign * valueAt(line, from), sign * valueAt(line, to)]
    const share = here / (here - there)
    const crossing: Point[] =
      here < 0 !== there < 0 ? [[from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])]] : []
    return here >= 0 ? [from, ...crossing] : crossing
  })
}

interface Piece {
  polygon: Point[]
  outputs: Affine[]
}

/** The pieces of a polygon on which all members are affine, and their mean there. */
function pieces(members: readonly ReluLayer[][], polygon: Point[]): Piece[] {
  const identity: Affine[] = [
    [1, 0, 0],
    [0, 1, 0],
  ]
  return members.reduce<Piece[]>(
    (parts, layers) =>
      parts.flatMap(({ polygon, outputs }) =>
        throughLayers(layers, polygon, identity).map((piece) => ({
          polygon: piece.polygon,
          outputs: piece.outputs.map((f, k) => combined([1, 1 / members.length], [outputs[k] ?? [0, 0, 0], f], 0)),
        })),
      ),
    [{ polygon, outputs: [] }],
  )
}

function throughLayers([layer, ...rest]: readonly ReluLayer[], polygon: Point[], y: Affine[]): Piece[] {
  if (layer === undefined) return [{ polygon, outputs: y }]
  const isFirst = layer.bent.every((row) => row.every((w) => w === 0))
  let cut: { polygon: Point[]; signs: number[] }[] = [{ polygon, signs: [] }]
  for (const line of isFirst ? [] : y) {
    cut = cut.flatMap(({ polygon, signs }) =>
      ([1, -1] as const).flatMap((sign) => {
        const part = clipped(polygon, line, sign)
        return part.length === 0 ? [] : [{ polygon: part, signs: [...signs, sign] }]
      }),
    )
  }
  return cut.flatMap(({ polygon, signs }) => {
    const z = layer.straight.map((row, i) => {
      const bent = layer.bent[i] as number[]
      const factors = row.map((w, j) => w + (signs[j] === 1 ? (bent[j] as number) : 0))
      return combined(factors, y, layer.bias[i] as number)
    })
    return throughLayers(rest, polygon, z)
  })
}

function leastMargin(members: readonly ReluLayer[][], [x, y]: Point, radius: number, c: number): number {
  const box: Point[] = [
    [x - radius, y - radius],
    [x + radius, y - radius],
    [x + radius, y + radius],
    [x - radius, y + radius],
  ]
  const all = pieces(members, box)
  const margins = marginsOf(c, (all[0] as Piece).outputs.length)
  return Math.min(
    ...all.flatMap(({ polygon, outputs }) =>
      margins.flatMap((margin) =>
        polygon.map((point) =>
          dot(
            margin,
            outputs.map((f) => valueAt(f, point)),
          ),
        ),
      ),
    ),
  )
}

/** By bisection; Infinity if it is more than 64. */
function trueRadius(members: readonly ReluLayer[][], at: Point, c: number): number {
  let [low, high] = [0, 64]
  if (leastMargin(members, at, high, c) > 0) return Infinity
  for (let step = 0; step < 45; step++) {
    const middle = (low + high) / 2
    if (leastMargin(members, at, middle, c) > 0) low = middle
    else high = middle
  }
  return low
}

const shapes = [
  { kind: PsilonNet, outputs: 1, members: 1 },
  { kind: PsilonNet, outputs: 3, members: 1 },
  { kind: PsilonResNet, outputs: 1, members: 1 },
  { kind: PsilonResNet, outputs: 3, members: 1 },
  { kind: PsilonNet, outputs: 3, members: 2 },
  { kind: PsilonResNet, outputs: 1, members: 2 },
]

const before = process.env.PSILON_INSTRUCTION_SET
for (const level of instructionSets)
  for (const { kind, outputs, members } of shapes)
    t.test(
      `${level}: exact radii of ${members} ${kind.name}, ${outputs} outputs, are those of all patterns`,
      async (t) => {
        process.env.PSILON_INSTRUCTION_SET = level
        const next = generator(outputs + 10 * members)
        for (let round = 0; round < 2; round++) {
          const networks = Array.from({ length: members }, () => {
            const network = new kind({ inputs: 2, hidden: 4, depth: 2, outputs, dtype: 'float64' })
            network.setParameters(drawParameters(network.parameters, next))
            return network
          })
          const subject = members === 1 ? (networks[0] as PsilonNet) : new Ensemble(networks)
          const layers = networks.map(reluLayers)
          const x = Array.from({ length: 8 }, (): [number, number] => [2 * next(), 2 * next()])
          const { radii, upper, exact, counterexamples, classes } = await subject.certify(x, { level: 'exact' })
          const [global, local, linear] = await Promise.all(
            (['global', 'local', 'linear'] as const).map((level) => subject.certify(x, { level })),
          )
          x.forEach((at, i) => {
            const expected = trueRadius(layers, at, classes[i] as number)
            const radius = radii[i] as number
            if (expected < Infinity) t.ok(exact[i], 'both sides meet')
            t.ok(radius <= expected * (1 + 1e-9), `${radius} is proved, ${expected} is true`)
            t.ok(radius >= Math.min(expected, 64) * (1 - 2e-3), `${radius} is found, ${expected} is true`)
            if (expected < Infinity) t.ok((upper[i] as number) >= expected * (1 - 1e-9))
            if (expected < Infinity) t.ok((upper[i] as number) <= expected * (1 + 2e-3))
            t.ok((global?.radii[i] as number) <= (local?.radii[i] as number))
            t.ok((local?.radii[i] as number) <= (linear?.radii[i] as number))
            t.ok((linear?.radii[i] as number) <= radius)
          })
          const found = counterexamples.flatMap((each, i) => (each === null ? [] : [{ each, was: classes[i] }]))
          if (found.length === 0) continue
          const there = await subject.certify(
            found.map(({ each }) => each),
            { level: 'global' },
          )
          found.forEach(({ was }, k) => {
            t.not(there.classes[k], was)
          })
        }
        if (before === undefined) delete process.env.PSILON_INSTRUCTION_SET
        else process.env.PSILON_INSTRUCTION_SET = before
      },
    )
