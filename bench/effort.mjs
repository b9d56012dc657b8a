import { jobs, smallJobs } from './jobs.mjs'

/**
 * What is measured, and how often. `rounds`: how often things that are compared take turns; `repeats` and `sample` [seconds]: of a
 * call; `epochs` and `pass` [seconds]: of a fit whose steps are timed, and about how long one of its epochs takes.
 */
export const full = { jobs, rounds: 4, repeats: 20, sample: 0.02, epochs: 6, pass: 0.4, lambdaEpochs: 10 }

/** Shows that everything runs; its figures say nothing. */
export const quick = { jobs: smallJobs, rounds: 1, repeats: 2, sample: 1e-3, epochs: 2, pass: 1e-3, lambdaEpochs: 1 }

/** @typedef {typeof full & { report(what: string): void, threads: number[], quick: boolean }} Effort */
