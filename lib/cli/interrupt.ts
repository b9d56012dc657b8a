import { exitCodes } from './failure.js'

/** npm and npx pass a Ctrl-C on that the terminal has already sent; what follows so soon is the same key press. */
const samePress = 250

export interface Interrupt {
  readonly pressed: boolean
  /** Ctrl-C ends the process again. */
  release(): void
}

/** From now on the first Ctrl-C calls `cancel`, the second one ends the process at once. */
export function onInterrupt(cancel: () => void): Interrupt {
  let first = 0
  const press = () => {
    if (first === 0) {
      first = Date.now()
      process.stderr.write('\npsilon: cancelling; press Ctrl-C again to end at once\n')
      cancel()
    } else if (Date.now() - first > samePress) process.exit(exitCodes.cancelled)
  }
  process.on('SIGINT', press)
  return {
    get pressed() {
      return first > 0
    },
    release: () => process.off('SIGINT', press),
  }
}
