import { native } from '#psilon/native.js'

/** Why the core's own measurements cannot be had, or undefined. */
export const noBenchmark =
  native.benchmark === undefined ? 'this build of the core has no benchmark functions' : undefined

/** FLOP per second of a loop of multiply-adds in registers; as samples, none where the core cannot tell. */
export function peakSamples(threads, dtype, repeats) {
  const { benchmark } = native
  if (benchmark === undefined) return []
  return Array.from({ length: repeats }, () => benchmark.peak({ threads, dtype }))
}
