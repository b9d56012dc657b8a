import { mean, range, sum } from 'd3-array'
import { networkBlueprint } from '../network/blueprint.js'
import type { Parts } from './parts.js'
import type { Plan } from './progress.js'
import { type Setting, type Settings, shareOfFirst } from './settings.js'

/** So many rows cost as much as what a step does once, with the weights alone; 26 to 30 with 64 to 500 units. */
const rowsOfStep = 28

type Shape = Pick<Setting, 'encoding' | 'hidden'>

/** Estimates how much work the fits of a run are. Only what is told of its progress depends on it. */
export class Workload<Coding> {
  constructor(
    private readonly settings: Settings,
    private readonly parts: Parts<Coding>,
  ) {}

  /** Multiply-adds of a fit with this share of the steps: those of a row in all layers, for all rows of all steps. */
  of({ encoding, hidden }: Shape, rows: number, share: number): number {
    const { kind, network, paceOf } = this.settings
    const inputs = this.parts.learned(encoding).features.length
    const { config } = networkBlueprint(kind, { ...network, hidden, inputs, outputs: 1 })
    const weights = sum(config.hidden, (width, k) => width * (k === 0 ? inputs : 2 * config.hidden[k - 1]))
    const { epochs, batchSize } = paceOf(rows, share)
    return epochs * weights * (rows + rowsOfStep * Math.ceil(rows / batchSize))
  }

  /** Of a trial on each part. */
  ofTrials(shape: Shape, share: number): number[] {
    return this.parts.trainingRows.map((rows) => this.of(shape, rows, share))
  }

  /** Of the last fits, on all rows. */
  ofLast(members: readonly Shape[]): number[] {
    return members.map((shape) => this.of(shape, this.parts.rows, 1))
  }

  /** All fits of a run; where the search decides what they are, they are the mean of what they may be. */
  plan(keep: boolean): Plan {
    const { search, members, space, finalists: most, sparsity } = this.settings
    const { encodings, hidden, lambdas } = space
    const [first, ...others] = hidden.map((width) => encodings.map((encoding) => ({ encoding, hidden: width })))
    const kindsOf = (work: (shape: Shape) => number[]) => [
      ...first.map(work),
      ...others.map((all) => means(all.map(work))),
    ]
    const last = (fits: number) => repeated(means(kindsOf((shape) => this.ofLast([shape]))), fits)
    if (!search) return { settings: [], widths: [], finalists: [], pruned: [], last: last(members) }
    const share = shareOfFirst(this.settings)
    const kinds = kindsOf((shape) => this.ofTrials(shape, 1))
    const again = share < 1 && (most > 1 || keep || sparsity !== null)
    const finalists = Math.min(most, kinds.length)
    return {
      settings: first.flatMap((shape) => repeated(this.ofTrials(shape, share), lambdas.length)),
      widths: others.flatMap((all) => means(all.map((shape) => this.ofTrials(shape, share)))),
      finalists: again ? repeated(means(kinds), finalists) : [],
      pruned: sparsity === null ? [] : repeated(means(kinds), share < 1 ? finalists : kinds.length),
      last: last(keep ? members - 1 : members),
    }
  }
}

/** Mean of each entry. */
const means = (lists: readonly number[][]): number[] => lists[0].map((_, k) => mean(lists, (list) => list[k]) as number)

const repeated = (list: readonly number[], times: number): number[] => range(times).flatMap(() => list)
