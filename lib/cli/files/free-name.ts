/** `row`, or `row_2`, .. where the name is taken. */
export function freeName(name: string, taken: readonly string[]): string {
  for (let k = 1; ; k++) {
    const free = k === 1 ? name : `${name}_${k}`
    if (!taken.includes(free)) return free
  }
}
