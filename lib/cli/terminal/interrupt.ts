import { type EndingSignal, signalCodes } from '../exit-codes.js'
import { endDisplays } from './display.js'
import { say } from './output.js'

/**
 * npm, npx and timeout forward a signal that the whole process group has received: a repeat within these milliseconds is
 * the same signal. Repeats of SIGHUP always are, because the shell and the system both send it when a terminal closes.
 */
const sameSignal = 250

export interface Interrupt {
  readonly pressed: boolean
  /** From now on signals end the process again. */
  release(): void
}

let latest: EndingSignal = 'SIGINT'

/** Exit code of a cancelled command. */
export const cancelledCode = (): number => signalCodes[latest]

/** From now on the first Ctrl-C, SIGTERM or SIGHUP calls `cancel`; the second one ends the process at once. */
export function onInterrupt(cancel: () => void): Interrupt {
  let first = 0
  const come = (signal: EndingSignal) => {
    if (first === 0) {
      first = Date.now()
      latest = signal
      announce(signal)
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

function announce(signal: EndingSignal): void {
  const alone = !endDisplays()
  // after the ^C that the terminal shows
  if (alone && signal === 'SIGINT' && process.stderr.isTTY) process.stderr.write('\n')
  say(signal === 'SIGINT' ? 'cancelling; press Ctrl-C again to end at once' : `${signal} received; cancelling`)
}
