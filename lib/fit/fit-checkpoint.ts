import type { Checkpoint } from '../checkpoint/checkpoint.js'
import { inCheckpoint, type Section } from '../checkpoint/checkpoint-file.js'
import { type Epoch, type FitPosition, type NativeFitRequest, type NativeSnapshot, ours } from '../core/native.js'
import { boolean, nullable, number, object, odd, oneOf } from '../io/json-reader.js'
import { epochsOf, figuresOf } from './history.js'
import type { FitJob } from './job.js'

const figures = object({
  ...{ epoch: number, loss: number, objective: number, validationLoss: nullable(number), learningRate: number },
  ...{ alpha: number, pathNorm: number, nearSparsity: number, exactSparsity: number, seconds: number },
})
const count = object({ count: number, stride: number })

const readFacts = object({
  kind: oneOf('snapshot' as const),
  position: object<FitPosition>({
    ...{ epoch: number, seconds: number, keptEpoch: number, keptAlpha: number, bestIsKept: boolean },
    seen: object({ bestLoss: nullable(number), bestEpoch: number, last: number }),
    reported: object({ epochs: count, validated: count }),
    ...{ last: nullable(figures), kept: nullable(figures), lastIsReported: boolean },
  }),
})

const numbers = ['parameters', 'm', 'u', 'rowValues', 'kept'] as const

/** The snapshots of one fit in the checkpoint of its run. */
export class FitCheckpoint {
  constructor(
    private readonly checkpoint: Checkpoint,
    private readonly name: string,
  ) {}

  /** The epoch after which an unfinished fit goes on; 0: it begins. */
  get epoch(): number {
    const section = this.checkpoint.section(this.name)
    return section === undefined ? 0 : inCheckpoint(this.name, () => readFacts(section.facts, '').position.epoch)
  }

  /** Where an unfinished fit goes on, and its epochs before that; null: at the beginning. */
  get from(): { snapshot: NativeSnapshot; epochs: Epoch[] } | null {
    const section = this.checkpoint.section(this.name)
    if (section === undefined) return null
    return inCheckpoint(this.name, () => snapshotOf(section))
  }

  /** The result of the fit, if it is finished. */
  get finished(): Section | undefined {
    const section = this.checkpoint.section(this.name)
    return section === undefined || isSnapshot(section) ? undefined : section
  }

  /** What a result says. @throws Refusal ERR_CHECKPOINT */
  recall<T>(result: Section, read: (section: Section) => T): T {
    return inCheckpoint(this.name, () => read(result))
  }

  /** What the core is asked for. @param epochs that have been reported, later ones among them. */
  snapshots(epochs: readonly Epoch[]): NonNullable<NativeFitRequest['snapshots']> {
    const { untilNext: first, interval } = this.checkpoint
    return { first, interval, onSnapshot: (snapshot) => this.#keep(ours(snapshot), epochs) }
  }

  #keep({ position, ...snapshot }: NativeSnapshot, epochs: readonly Epoch[]): void {
    const before = epochs.filter(({ epoch }) => epoch <= position.epoch)
    const section = { facts: { kind: 'snapshot', position }, numbers: { ...snapshot, epochs: figuresOf(before) } }
    this.checkpoint.set(this.name, section, true)
  }

  /** @param result null if the fit has not come to its end. */
  finish(result: Section | null): void {
    if (result !== null) this.checkpoint.set(this.name, result)
  }
}

/** A fit that goes on trains as one run with those that go on from the same epoch. */
export function jobFrom(job: FitJob, checkpoint: FitCheckpoint | null): FitJob {
  const epoch = checkpoint?.epoch ?? 0
  return epoch === 0 ? job : { ...job, work: `${job.work} from ${epoch}` }
}

const isSnapshot = ({ facts }: Section): boolean => (Object(facts) as { kind?: unknown }).kind === 'snapshot'

function snapshotOf(section: Section): { snapshot: NativeSnapshot; epochs: Epoch[] } {
  const { position } = readFacts(section.facts, '')
  const [parameters, m, u, rowValues, kept] = numbers.map(
    (name) => section.numbers[name] ?? odd(`it lacks the numbers ${name}`),
  )
  const epochs = section.numbers.epochs ?? odd('it lacks the epochs')
  return { snapshot: { position, parameters, m, u, rowValues, kept }, epochs: epochsOf(Float64Array.from(epochs)) }
}
