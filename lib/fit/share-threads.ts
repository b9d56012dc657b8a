/** Work that runs on some threads. */
export interface Running<Result> {
  end: Promise<Result>
  /** Uses so many threads from now on. */
  setThreads(threads: number): void
}

/**
 * Runs works in order, `lanes` at a time. They share all threads as evenly as possible, older ones first; the last ones
 * also get the threads of those that have ended. If fewer works than lanes are left, they begin at once, up to `most` at
 * a time, so that no lane works alone at the end: the system then shares out processor time, for a work uses at least
 * one thread. Every work is begun and awaited, even if others fail.
 *
 * @param works begin on so many threads.
 * @param lanes from 1 to `threads`.
 */
export async function shareThreads<Result>(
  works: readonly ((threads: number) => Running<Result>)[],
  { threads, lanes, most }: { threads: number; lanes: number; most: number },
): Promise<PromiseSettledResult<Result>[]> {
  const ends: PromiseSettledResult<Result>[] = []
  const running = new Set<Running<Result>>()
  const all: Promise<void>[] = []
  let open = Math.min(lanes, works.length)
  let next = 0
  const each = () => Math.floor(threads / open)
  const deal = () => {
    Array.from(running).forEach((work, k) => {
      work.setThreads(Math.max(1, k < threads % open ? each() + 1 : each()))
    })
  }
  const lane = async () => {
    while (next < works.length) {
      const k = next++
      let work: Running<Result> | undefined
      try {
        work = works[k](Math.max(1, each()))
        running.add(work)
        deal()
        beginTheRest()
        ends[k] = { status: 'fulfilled', value: await work.end }
      } catch (reason) {
        ends[k] = { status: 'rejected', reason }
      }
      if (work !== undefined) running.delete(work)
    }
    open--
    deal()
  }
  const beginTheRest = () => {
    const left = works.length - next
    if (left === 0 || left >= lanes || open >= most) return
    open++
    all.push(lane())
  }
  const begun = Array.from({ length: open }, lane)
  all.unshift(...begun)
  for (let k = 0; k < all.length; k++) await all[k]
  return ends
}
