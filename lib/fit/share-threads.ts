/** Work that runs on some threads. */
export interface Running<Result> {
  end: Promise<Result>
  /** Uses so many threads from now on. */
  setThreads(threads: number): void
}

/**
 * Runs works in order, `lanes` at a time. They share all threads as evenly as possible, older ones first; the last ones
 * also get the threads of those that have ended. Every work is begun and awaited, even if others fail.
 *
 * @param works begin on so many threads.
 * @param lanes from 1 to `threads`.
 */
export async function shareThreads<Result>(
  works: readonly ((threads: number) => Running<Result>)[],
  { threads, lanes }: { threads: number; lanes: number },
): Promise<PromiseSettledResult<Result>[]> {
  const ends: PromiseSettledResult<Result>[] = []
  const running = new Set<Running<Result>>()
  const count = Math.min(lanes, works.length)
  let open = count
  let next = 0
  const each = () => Math.floor(threads / open)
  const deal = () => {
    Array.from(running).forEach((work, k) => {
      work.setThreads(k < threads % open ? each() + 1 : each())
    })
  }
  const lane = async () => {
    while (next < works.length) {
      const k = next++
      let work: Running<Result> | undefined
      try {
        work = works[k](each())
        running.add(work)
        deal()
        ends[k] = { status: 'fulfilled', value: await work.end }
      } catch (reason) {
        ends[k] = { status: 'rejected', reason }
      }
      if (work !== undefined) running.delete(work)
    }
    open--
    deal()
  }
  await Promise.all(Array.from({ length: count }, lane))
  return ends
}
