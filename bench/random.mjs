/** Numbers from -1 to 1 that are the same in every process: a linear congruential generator (Numerical Recipes). */
export function generator(seed = 1) {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
}

/** @returns {{ data: Float32Array, shape: [number, number] }} */
export function table(rows, columns, seed = 1) {
  const next = generator(seed)
  return { data: Float32Array.from({ length: rows * columns }, next), shape: [rows, columns] }
}
