/**
 * A logarithmic scale whose axis has the powers of ten, or 1, 2 and 5 of each where there are not two of them. A plain one
 * where not all numbers are above 0.
 */
export function logarithmicAxis(least: number, most: number) {
  if (!(least > 0)) return { scale: { type: 'linear', nice: false } }
  const [from, to] = [Math.ceil(Math.log10(least)), Math.floor(Math.log10(most))]
  const factors = to > from ? [1] : [1, 2, 5]
  const powers = Array.from({ length: to - from + 3 }, (_, k) => from - 1 + k)
  const values = powers.flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
  return {
    scale: { type: 'log', nice: false },
    axis: { values: values.filter((value) => value >= least && value <= most) },
  }
}
