import type { EncodingName } from '../../data/encodings/encodings.js'

/** Each writes the inputs of a value from `at` on, and returns where the next begin. */
const encodingParts: Record<EncodingName, string> = {
  standard: `  standard({ mean, deviation }, value, at) {
    x[at] = (value - mean) / deviation
    return at + 1
  },`,
  asinh: `  asinh({ center, scale, mean, deviation }, value, at) {
    x[at] = (Math.asinh((value - center) / scale) - mean) / deviation
    return at + 1
  },`,
  robust: `  robust({ center, scale, mean, deviation }, value, at) {
    const z = (value - center) / scale
    const clipped = Math.abs(z) <= 3 ? z / Math.sqrt(1 + (z / 3) ** 2) : (Math.sign(z) * 3) / Math.sqrt(1 + (3 / z) ** 2)
    x[at] = (clipped - mean) / deviation
    return at + 1
  },`,
  'rank-normal': `  'rank-normal'({ knots, quantiles, spread, mean, deviation }, value, at) {
    let [low, high] = [0, knots.length - 1]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (value < knots[middle]) high = middle
      else low = middle
    }
    const step = (knots[high] - knots[low]) / (quantiles[high] - quantiles[low])
    let rank
    if (value < knots[low]) rank = quantiles[low] - (knots[low] - value) / Math.max(step, spread)
    else if (value >= knots[high]) rank = quantiles[high] + (value - knots[high]) / Math.max(step, spread)
    else rank = quantiles[low] + ((value - knots[low]) / (knots[high] - knots[low])) * (quantiles[high] - quantiles[low])
    x[at] = (rank - mean) / deviation
    return at + 1
  },`,
  'piecewise-linear': `  'piecewise-linear'({ edges }, value, at) {
    for (let t = 0; t + 1 < edges.length; t++) {
      x[at++] = Math.min(1, Math.max(0, (value - edges[t]) / (edges[t + 1] - edges[t])))
    }
    return at
  },`,
}

/** The functions of an exported JavaScript module that make inputs of a number. */
export const encodings = (kinds: ReadonlySet<EncodingName>) =>
  `const encodings = {\n${[...kinds].map((kind) => encodingParts[kind]).join('\n')}\n}`
