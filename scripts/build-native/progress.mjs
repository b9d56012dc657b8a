/**
 * The share of the work that a line of ninja or make tells, such as "[3/31] Building ..." or "[ 12%] Building ...".
 *
 * @param {string} line
 */
export function shareDone(line) {
  const [, done, all] = /^\[ *(\d+)(?:\/(\d+)|%)\]/.exec(line) ?? []
  return done === undefined ? undefined : Number(done) / Number(all ?? 100)
}

/**
 * Says every ten seconds how far the build is.
 *
 * @param {() => number} seconds since it began
 */
export function progress(seconds) {
  let share = 0
  const timer = setInterval(() => {
    console.log(`psilon: building the native core, ${Math.floor(100 * share)} % done after ${seconds()} s`)
  }, 10_000)
  return {
    tell: (line) => {
      share = Math.max(share, shareDone(line) ?? 0)
    },
    end: () => clearInterval(timer),
  }
}
