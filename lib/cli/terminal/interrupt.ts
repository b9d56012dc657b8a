import { endDisplays } from './display.js'
import { say } from './output.js'

/**
 * npm, npx and timeout forward a signal that the whole process group has received: a repeat within these milliseconds is
 * the same signal. Repeats of SIGHUP always are, because the shell and the system both send it when a terminal closes.
 */
const sameSignal = 250

/** 128 plus the number of the signal, as in a shell. */
const signalCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

type EndingSignal = keyof typeof signalCodes

let latest: EndingSignal = 'SIGINT'

export const cancelledCode = (): number => signalCodes[latest]

/**
 * From now on the first Ctrl-C, SIGTERM or SIGHUP calls `cancel`; the second one ends the process at once. After
 * `release`, signals end the process again.
 */
export function onInterrupt(cancel: () => void) {
  let first = 0
  const come = (signal: EndingSignal) => {
    if (first === 0) {
      first = Date.now()
      latest = signal
      const alone = !endDisplays()
      // after the ^C that the terminal shows
      if (alone && signal === 'SIGINT' && process.stderr.isTTY) process.stderr.write('\n')
      say(signal === 'SIGINT' ? 'cancelling; press Ctrl-C again to end at once' : `${signal} received; cancelling`)
      cancel()
    } else if (Date.now() - first > sameSignal && signal !== 'SIGHUP') process.exit(signalCodes[signal])
  }
  const signals = Object.keys(signalCodes) as EndingSignal[]
  for (const signal of signals) process.on(signal, come)
  return {
    get pressed() {
      return first > 0
    },
    release() {
      for (const signal of signals) process.off(signal, come)
    },
  }
}
