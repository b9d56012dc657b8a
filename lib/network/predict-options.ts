import { refuseUnknown } from '../checks.js'
import { checkThreads } from './fit-options.js'

/** How predictions are computed; the bits are the same. */
export interface PredictOptions {
  /** Threads that share the rows, or the weights where rows are few. 1 to 256. */
  threads?: number | undefined
}

/** @param otherwise threads where nothing is said; default: as many as there are processors */
export function predictThreads(options: unknown = {}, otherwise?: number): number {
  const { threads = otherwise } = refuseUnknown(options, ['threads'])
  return checkThreads(threads)
}
