import { checkInteger } from '../checks.js'
import type { NetworkConfig } from '../core/native.js'
import { option, refuseOption, setting, words } from '../errors/refusal.js'
import { fitOptions } from '../fit/options.js'
import { checkedLater, integer, oneOf, seed } from '../options/kinds.js'
import { byKind, checkOptions, type Declarations } from '../options/option.js'
import {
  type Bound,
  bounds,
  type Dtype,
  dtypes,
  type Level,
  levels,
  type Normalization,
  normalizations,
} from '../words.js'

/** Configuration of a network. Sections are those of docs/method.md, which follows arXiv 2404.19112. */
export interface NetworkOptions {
  /** Number of inputs p, the columns of x. 1 to 1,000,000. */
  inputs: number
  /** Units in each hidden layer. Default 500. */
  hidden?: number | undefined
  /** Number of hidden layers D; the network has D + 1 layers. Section 4. 1 to 1,000. Default 3, resnet 10. */
  depth?: number | undefined
  /** Number of outputs C; for the loss 'softmax', the number of classes. 1 to 1,000,000. Default 1. */
  outputs?: number | undefined
  /**
   * How each row of the weights is normalised, W_i = g_i v_i / |v_i|; with 'none', W = v. Sections 2 and 3. Default
   * 'l1'.
   */
  normalization?: Normalization | undefined
  /**
   * Whether all rows of a layer share one length g; a list gives a value for each hidden layer. In the last layer each
   * row has its own. Default true, unless normalization is 'none'.
   */
  sharedLength?: boolean | readonly boolean[] | undefined
  /** Type of the parameters, the computation and the outputs. Default 'float32'. */
  dtype?: Dtype | undefined
  /** Seed of the initial weights and the order of rows. 0 to 2^53 - 1. Default 0. */
  seed?: number | undefined
}

export interface PsilonNetOptions extends Omit<NetworkOptions, 'hidden'> {
  /** Units in each hidden layer, or a width for each layer, first to last, which also sets the depth. Default 500. */
  hidden?: number | readonly number[] | undefined
}

export type PsilonResNetOptions = NetworkOptions

/** The largest number of networks that an ensemble averages. */
export const maxMembers = 1_000
/** The largest number of inputs, of outputs, and of units in a layer. */
export const maxUnits = 1_000_000
export const maxLayers = 1_000

export const networkOptions = {
  inputs: { kind: integer(1, maxUnits), required: true, sentence: 'Number of inputs p, the columns of x.' },
  hidden: {
    kind: checkedLater('', 'widths'),
    default: 500,
    sentence: 'Units in each hidden layer, or a width for each layer, first to last, which also sets the depth.',
    flag: '--hidden <units>',
  },
  depth: {
    kind: integer(1, maxLayers),
    default: byKind(3, 10),
    sentence: 'Number of hidden layers D; the network has D + 1 layers.',
    sections: [4],
    flag: '--depth <layers>',
  },
  outputs: {
    kind: integer(1, maxUnits),
    default: 1,
    sentence: "Number of outputs C; for the loss 'softmax', the number of classes.",
  },
  normalization: {
    kind: oneOf(normalizations),
    default: 'l1',
    sentence: "How each row of the weights is normalised, W_i = g_i v_i / |v_i|; with 'none', W = v.",
    sections: [2, 3],
    flag: '--normalization <norm>',
  },
  sharedLength: {
    kind: checkedLater(''),
    otherwise: "true, unless normalization is 'none'",
    sentence:
      'Whether all rows of a layer share one length g; a list gives a value for each hidden layer. In the last ' +
      'layer each row has its own.',
    flag: {
      usage: '--no-shared-length',
      sentence: 'Give each row of the weights its own length instead of one length per layer.',
    },
  },
  dtype: {
    kind: oneOf(dtypes),
    default: 'float32',
    sentence: 'Type of the parameters, the computation and the outputs.',
    flag: '--dtype <type>',
  },
  seed: {
    kind: seed,
    default: 0,
    sentence: 'Seed of the initial weights and the order of rows.',
    flag: '--seed <seed>',
  },
} satisfies Declarations<PsilonNetOptions>

/** Bound on the path norm, and the output whose path norm it is. Sections 5 and 14. */
export interface BoundOptions {
  /**
   * Bound on the path norm; 'tight' is never above the others, and for a PsilonNet all three are equal. Default
   * 'improved'.
   */
  bound?: Bound | undefined
  /** Index of one output, from 0. Default the sum of all outputs. */
  output?: number | undefined
}

export const boundOptions = {
  bound: {
    kind: oneOf(bounds),
    default: 'improved',
    sentence: "Bound on the path norm; 'tight' is never above the others, and for a PsilonNet all three are equal.",
    flag: '--bound <name>',
  },
  output: { kind: checkedLater(''), otherwise: 'the sum of all outputs', sentence: 'Index of one output, from 0.' },
} satisfies Declarations<BoundOptions>

/** Which path norm, and of which layer. Sections 5 and 14. */
export interface PathNormOptions extends BoundOptions {
  /** Index of one layer, from 0: the factor by which it makes the path norm larger. Default the whole network. */
  layer?: number | undefined
}

export const pathNormOptions = {
  ...boundOptions,
  layer: {
    kind: checkedLater(''),
    otherwise: 'the whole network',
    sentence: 'Index of one layer, from 0: the factor by which it makes the path norm larger.',
  },
} satisfies Declarations<PathNormOptions>

/** How radii are found. docs/certificates.md. */
export interface CertifyOptions {
  /**
   * How hard to look for large radii, each level at least as good as the one before: 'global' takes path norms, 'local'
   * intervals of values and slopes around the row, 'linear' a linear relaxation, 'exact' branch and bound, which finds
   * counterexamples too. Default 'linear'; 'global' if bound is given.
   */
  level?: Level | undefined
  /** Nodes of branch and bound for each row, for level 'exact'. At least 1. Default 1000. */
  budget?: number | undefined
  /** Bound on the path norm, for level 'global' alone; 'tight' never finds less than the others. Default 'tight'. */
  bound?: Bound | undefined
}

export const certifyOptions = {
  level: {
    kind: oneOf(levels),
    otherwise: "'linear'; 'global' if bound is given",
    sentence:
      "How hard to look for large radii, each level at least as good as the one before: 'global' takes path norms, " +
      "'local' intervals of values and slopes around the row, 'linear' a linear relaxation, 'exact' branch and bound, " +
      'which finds counterexamples too.',
    flag: '--level <name>',
  },
  budget: {
    kind: integer(1),
    default: 1000,
    sentence: "Nodes of branch and bound for each row, for level 'exact'.",
    flag: '--budget <nodes>',
  },
  bound: {
    kind: oneOf(bounds),
    otherwise: "'tight'",
    sentence: "Bound on the path norm, for level 'global' alone; 'tight' never finds less than the others.",
    flag: '--bound <name>',
  },
} satisfies Declarations<CertifyOptions>

/** Options of a network's certificates. */
export interface NetworkCertifyOptions extends CertifyOptions {
  /** How far each input may move, in its units; 0: not at all. Radii are then multiples of it. Default 1 for every input. */
  within?: ArrayLike<number> | undefined
}

export const networkCertifyOptions = {
  ...certifyOptions,
  within: {
    kind: checkedLater<ArrayLike<number>>('numbers at least 0'),
    otherwise: '1 for every input',
    sentence: 'How far each input may move, in its units; 0: not at all. Radii are then multiples of it.',
  },
} satisfies Declarations<NetworkCertifyOptions>

/** How ranges of outputs are found. docs/certificates.md. */
export interface RangeOptions {
  /** How hard to look for narrow ranges, as for `certify`. Default 'linear'. */
  level?: Level | undefined
  /** Nodes of branch and bound for each end of each range, for level 'exact'. At least 1. Default 1000. */
  budget?: number | undefined
}

export const rangeOptions = {
  level: {
    kind: oneOf(levels),
    default: 'linear',
    sentence: 'How hard to look for narrow ranges, as for `certify`.',
  },
  budget: {
    kind: integer(1),
    default: 1000,
    sentence: "Nodes of branch and bound for each end of each range, for level 'exact'.",
  },
} satisfies Declarations<RangeOptions>

/** Options of the ranges of a network's outputs. */
export interface NetworkRangeOptions extends RangeOptions {
  /** How far each input may move, in its units; 0: not at all. Default 1 for every input. */
  within?: ArrayLike<number> | undefined
  /** Index of the output, from 0. At least 0. Default 0. */
  output?: number | undefined
}

export const networkRangeOptions = {
  ...rangeOptions,
  within: {
    kind: checkedLater<ArrayLike<number>>('numbers at least 0'),
    otherwise: '1 for every input',
    sentence: 'How far each input may move, in its units; 0: not at all.',
  },
  output: { kind: integer(0), default: 0, sentence: 'Index of the output, from 0.' },
} satisfies Declarations<NetworkRangeOptions>

/** The level, and for 'global' the bound. @throws Refusal ERR_OPTION for a bound with another level. */
export function checkLevel({ level, bound }: { level?: Level; bound?: Bound }): { level: Level; bound: Bound } {
  const chosen = level ?? (bound === undefined ? 'linear' : 'global')
  if (bound !== undefined && chosen !== 'global') {
    refuseOption(
      'bound',
      words`${option('bound')} belongs to ${setting('level', 'global')}, got ${setting('level', chosen)}`,
    )
  }
  return { level: chosen, bound: bound ?? 'tight' }
}

/** How predictions are computed; the threads do not change the bits. */
export interface PredictOptions {
  /**
   * Threads that share the rows, or the weights if there are few rows. 1 to 256. Default all processors, 1 for
   * predictSync.
   */
  threads?: number | undefined
}

export const predictOptions = {
  threads: {
    kind: fitOptions.threads.kind,
    otherwise: 'all processors, 1 for predictSync',
    sentence: 'Threads that share the rows, or the weights if there are few rows.',
  },
} satisfies Declarations<PredictOptions>

/** @throws Refusal ERR_OPTION, also for an output that the network does not have. */
export function checkBounds(options: unknown, outputs: number): { bound: Bound; output: number | null } {
  const { bound, output } = checkOptions(boundOptions, options)
  return { bound, output: output === undefined ? null : checkInteger('output', output, 0, outputs - 1) }
}

/** @throws Refusal ERR_OPTION, also for an output or a layer that the network does not have. */
export function checkPathNorm(
  options: unknown,
  { outputs, hidden }: Pick<NetworkConfig, 'outputs' | 'hidden'>,
): { bound: Bound; output: number | null; layer: number | null } {
  const { layer, ...given } = checkOptions(pathNormOptions, options)
  const { bound, output } = checkBounds(given, outputs)
  return { bound, output, layer: layer === undefined ? null : checkInteger('layer', layer, 0, hidden.length) }
}

/** The bound alone. */
export const checkBound = (options: unknown): Bound => checkOptions({ bound: boundOptions.bound }, options).bound
