/** Rows of numbers in [-1, 1) that depend on nothing but the seed, as { data, shape: [rows, columns] }. */
export function someRows(rows: number, columns: number, seed = 1) {
  const next = generator(seed)
  return { data: Float64Array.from({ length: rows * columns }, next), shape: [rows, columns] }
}

/** y = x0 - 2 x1 + x0 x1 for each row. */
export function smoothTargets({ data, shape }: { data: Float64Array; shape: number[] }): number[] {
  const [rows = 0, columns = 0] = shape
  return Array.from({ length: rows }, (_, i) => {
    const [a = 0, b = 0] = data.subarray(i * columns, (i + 1) * columns)
    return a - 2 * b + a * b
  })
}

/** mulberry32, stretched to [-1, 1). */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1
  }
}
