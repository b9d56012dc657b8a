import { range } from 'd3-array'
import { native } from '../core/native.js'
import type { EncodingName } from '../data/encodings/encodings.js'
import { Preprocessor } from '../data/preprocess.js'
import { folds, type Split, split } from '../data/split.js'
import { within } from '../errors/refusal.js'
import type { TrainingData } from '../fit/options.js'
import { selectRows } from '../tables/table.js'
import { type FitData, hasClasses, type LabeledRows, outcomeOf } from './data.js'
import type { Settings } from './settings.js'

/** Network inputs and targets of some rows, preprocessed as learned from the training rows. */
export interface Part {
  preprocessor: Preprocessor
  train: TrainingData
  validation: TrainingData | null
  /** Rows that train. */
  rows: number
  /** Their missing cells, by column. */
  missing: Record<string, number>
}

/**
 * The parts to train and validate on: all rows and the validation table; without that table, one split or folds of the
 * rows; or all rows alone, if nothing is to be decided.
 */
export class Parts<Coding> {
  /** Preprocessing by encoding: learned from all rows, and from the training rows of each split. */
  readonly #whole = new Map<EncodingName, Preprocessor>()
  readonly #own = new Map<EncodingName, readonly Preprocessor[]>()
  /** Null: all rows, and the validation table. */
  readonly #splits: readonly Omit<Split, 'test'>[] | null

  constructor(
    private readonly data: FitData<Coding>,
    private readonly settings: Settings,
  ) {
    const { search, earlyStopping } = settings
    const decides = search || earlyStopping !== undefined
    this.#splits = data.validation === null && decides ? splitsOf(data, settings) : null
  }

  /** Number of all rows. */
  get rows(): number {
    return this.data.rows.table.rows
  }

  /** Number of rows that train in each part. */
  get trainingRows(): number[] {
    return this.#splits?.map(({ train }) => train.length) ?? [this.rows]
  }

  /** Preprocessing learned from all rows: decides which columns are inputs and which are categories. */
  learned(encoding: EncodingName): Preprocessor {
    const { rows, preprocessor } = this.data
    if (encoding === this.settings.space.encodings[0]) return preprocessor
    return once(this.#whole, encoding, () => this.#learn(encoding, rows, preprocessor))
  }

  /** Each with preprocessing learned from its own training rows. */
  encodedBy(encoding: EncodingName): Part[] {
    const { rows, validation } = this.data
    const whole = this.learned(encoding)
    if (this.#splits === null) return [this.#prepare(whole, rows, validation)]
    const own = once(this.#own, encoding, () => {
      return (this.#splits ?? []).map((part) => this.#learn(encoding, select(rows, part.train), whole))
    })
    return this.#splits.map((part, k) => this.#prepare(own[k], select(rows, part.train), select(rows, part.validation)))
  }

  /** All rows, with nothing to validate on. */
  whole(encoding: EncodingName): Part {
    return this.#prepare(this.learned(encoding), this.data.rows, null)
  }

  #learn(encoding: EncodingName, { table, y }: LabeledRows, whole: Preprocessor): Preprocessor {
    const { target, ignore, loss } = this.data
    const { categorical } = this.settings
    return Preprocessor.learn(table, { target, ignore, categorical, encoding, whole, outcome: outcomeOf(y, loss) })
  }

  #prepare(preprocessor: Preprocessor, train: LabeledRows, validation: LabeledRows | null): Part {
    const inputs = ({ table, y, weights }: LabeledRows) => {
      const { x, missing } = preprocessor.transform(table, this.settings.dtype)
      return { data: { x, y, sampleWeight: weights ?? undefined }, missing }
    }
    const { data, missing } = inputs(train)
    const held = validation && within('validation', () => inputs(validation).data)
    return { preprocessor, train: data, validation: held, rows: train.table.rows, missing }
  }
}

/** The value of a key, made when it is first asked for. */
function once<Key, Value>(known: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = known.get(key) ?? make()
  known.set(key, value)
  return value
}

function splitsOf<Coding>({ rows, loss }: FitData<Coding>, { selection, seed }: Settings): Omit<Split, 'test'>[] {
  const classes = hasClasses(loss) ? rows.y : undefined
  const context = { seed, permutation: native.permutation, classes, weights: rows.weights }
  const count = rows.table.rows
  if (!('folds' in selection)) return [split(count, selection, context)]
  return range(selection.repeats ?? 1).flatMap((k) => folds(count, selection.folds, { ...context, seed: seed + k }))
}

function select({ table, y, weights }: LabeledRows, indices: Uint32Array): LabeledRows {
  return {
    table: selectRows(table, indices),
    y: Float64Array.from(indices, (i) => y[i]),
    weights: weights && Float64Array.from(indices, (i) => weights[i]),
  }
}
