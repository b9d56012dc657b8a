import { mean, range, sum, transpose } from 'd3-array'
import type { Random } from './random.js'
import { rounding, type Subject } from './subject.js'

const points = 24
const rounds = 8
/** Of the differences that stand for gradients. */
const step = { float32: 1e-2, float64: 1e-5 }

/**
 * The largest change of an output that is found, as a share of `lipschitz()`, and of all outputs together, as a share of
 * `pathNorm()`, for inputs of the network, which are columns in scaled units. All inputs move by the same, in the direction in
 * which an output, or the sum of all, changes fastest; from where they arrive they go on.
 */
export async function attackNetwork({ model }: Subject, random: Random, dtype: keyof typeof rounding): Promise<number> {
  const { inputs, outputs } = model.network.config
  const limits = { one: model.lipschitz(), all: model.pathNorm() }
  const at = async (rows: readonly Vector[]) =>
    averaged(await Promise.all(model.members.map((each) => outputsOf(each, rows))))
  let from = range(points).map(() => drawPoint(inputs, random))
  let largest = 0
  for (let round = 0; round < rounds; round++) {
    const wanted = from.map((_, k) => (k % 2 === 0 ? random.of(range(outputs)) : null))
    const directions = await fastest(at, from, wanted, step[dtype])
    const moves = from.map(() => Math.abs(random.magnitude(-4, 2)))
    const to = from.map((point, k) => point.map((value, j) => value + moves[k] * directions[k][j]))
    const [here, there] = [await at(from), await at(to)]
    for (const k of from.keys()) {
      const distance = Math.max(...to[k].map((value, j) => Math.abs(value - from[k][j])))
      const changes = here[k].map((value, i) => Math.abs(there[k][i] - value))
      const size = 1 + Math.max(...to[k].map(Math.abs), ...from[k].map(Math.abs))
      const share = (change: number, limit: number) => (change - rounding[dtype] * size * limit) / (limit * distance)
      largest = Math.max(largest, share(Math.max(...changes), limits.one), share(sum(changes), limits.all))
    }
    from = round % 3 === 2 ? from.map(() => drawPoint(inputs, random)) : to
  }
  return largest
}

type Vector = readonly number[]
type Outputs = (rows: readonly Vector[]) => Promise<Vector[]>

function drawPoint(inputs: number, random: Random): Vector {
  const size = Math.abs(random.magnitude(-1, 2))
  return range(inputs).map(() => size * random.normal())
}

async function outputsOf(network: Subject['model']['network'], rows: readonly Vector[]): Promise<Vector[]> {
  const { inputs } = network.config
  const { data, shape } = await network.predict({ data: Float64Array.from(rows.flat()), shape: [rows.length, inputs] })
  return rows.map((_, row) => [...data.subarray(row * shape[1], (row + 1) * shape[1])])
}

/** Of the members of an average. */
const averaged = (members: readonly (readonly Vector[])[]): Vector[] =>
  members[0].map((_, row) => transpose(members.map((rows) => rows[row])).map((values) => mean(values) as number))

/** Signs of the gradient of an output, or of the sum of all (null). */
async function fastest(
  at: Outputs,
  from: readonly Vector[],
  wanted: readonly (number | null)[],
  h: number,
): Promise<Vector[]> {
  const nearby = await at(
    from.flatMap((point) => point.flatMap((value, j) => [point.with(j, value + h), point.with(j, value - h)])),
  )
  return from.map((point, k) =>
    point.map((_, j) => {
      const [above, below] = [0, 1].map((side) => nearby[2 * (k * point.length + j) + side])
      const output = wanted[k]
      return Math.sign(output === null ? sum(above) - sum(below) : above[output] - below[output]) || 1
    }),
  )
}
