/** What the process ends with; after a signal, 128 and its number, as a shell has it. */
export const exitCodes = { failed: 1, usage: 2 } as const

export const signalCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

export type EndingSignal = keyof typeof signalCodes
