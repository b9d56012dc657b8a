/** Says what happens to a connection, and to trials, in one sentence. */
export type Tell = (sentence: string) => void

export const warnOfProcess: Tell = (sentence) => process.emitWarning(sentence, 'PsilonWarning')
