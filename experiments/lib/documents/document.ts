import type { Skipped } from '../data/read-data-sets.js'
import type { DeepOptions, DeepResults } from '../studies/deep.js'
import type { Figure1Results } from '../studies/figure1.js'
import type { Options } from '../studies/protocol.js'
import type { PruningOptions, PruningResults } from '../studies/pruning.js'
import type { TabularResults } from '../studies/tabular.js'

interface Head<Name extends string, Given> {
  command: `reproduce ${Name}`
  /** Of psilon. */
  version: string
  /** What was given to psilon, without --json and --quiet; version 0.1.0 did not tell. */
  arguments?: string[]
  quick?: boolean
  options: Given
  skipped?: Skipped[]
  threads: number
  /** Fits; work is in units of a tree or an epoch. */
  size: { cells: number; work: number }
}

export type TabularDocument = Head<'tabular', Options> & TabularResults
export type Figure1Document = Head<'figure1', Options> & Figure1Results
export type PruningDocument = Head<'pruning', PruningOptions> & PruningResults
export type DeepDocument = Head<'deep', DeepOptions> & DeepResults

/** All figures of an experiment, as they stand in its results.json (docs/experiments.md). */
export type ExperimentDocument = TabularDocument | Figure1Document | PruningDocument | DeepDocument
