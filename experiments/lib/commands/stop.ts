import { constants } from 'node:os'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** npm passes a signal on that the process group has got already; what follows within so many milliseconds is the same. */
const sameSignal = 250

let latest: (typeof signals)[number] = 'SIGINT'

/** The exit code of what a signal cancelled. */
export const signalCode = (): number => 128 + constants.signals[latest]

/** Does work that the first Ctrl-C, SIGTERM or SIGHUP aborts; a second one ends the process at once. */
export async function stoppable<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const stop = new AbortController()
  let first = 0
  const come = (signal: (typeof signals)[number]) => {
    latest = signal
    if (first === 0) first = Date.now()
    else if (Date.now() - first > sameSignal) process.exit(signalCode())
    stop.abort()
  }
  for (const signal of signals) process.on(signal, come)
  try {
    return await work(stop.signal)
  } finally {
    for (const signal of signals) process.off(signal, come)
  }
}
