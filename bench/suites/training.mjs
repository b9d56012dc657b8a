import { fitMemory } from './fit-memory.mjs'
import { growth } from './growth.mjs'
import { lambdas } from './lambdas.mjs'

import { pruning } from './pruning.mjs'
import { steps } from './steps.mjs'

/** @param {import('../effort.mjs').Effort} effort */
export async function training(effort) {
  return {
    steps: await steps(effort),
    pruning: await pruning(effort),
    lambdas: await lambdas(effort),
    growth: await growth(effort),
    memory: await fitMemory(effort),
  }
}
