import { setTimeout as sleep } from 'node:timers/promises'

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Whether the work fails, or takes longer than these seconds. */
export async function timeIsUp(work: Promise<unknown>, seconds: number): Promise<boolean> {
  const ended = new AbortController()
  const late = sleep(1000 * seconds, true, { signal: ended.signal }).catch(() => false)
  return await Promise.race([
    work.then(
      () => false,
      () => true,
    ),
    late,
  ]).finally(() => ended.abort())
}
