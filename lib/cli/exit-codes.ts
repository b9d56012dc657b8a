/** Exit codes of the process; after a signal, 128 plus its number, as in a shell. */
export const exitCodes = { failed: 1, usage: 2 } as const

export const signalCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

export type EndingSignal = keyof typeof signalCodes
