import { fitOptions } from '../fit/options.js'
import { checkOptions, type Declarations } from '../options/option.js'

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

/** @param otherwise number of threads if none is given; default: all processors. */
export function predictThreads(options: unknown, otherwise = fitOptions.threads.default.value()): number {
  return checkOptions(predictOptions, options).threads ?? otherwise
}
