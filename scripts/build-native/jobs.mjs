import { availableParallelism } from 'node:os'

/** How many compilers run at once. */
export const jobs = process.env.CMAKE_BUILD_PARALLEL_LEVEL || String(availableParallelism())
