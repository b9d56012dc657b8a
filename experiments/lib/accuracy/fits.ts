import { type Fit, keep, keptResult, type Result } from './kept.js'
import type { Model } from './models.js'
import { type NamedTable, type Problem, problemOf } from './problem.js'
import { scoresOf } from './score.js'
import type { Split } from './splits.js'

/** A fit that ended with an error. */
export interface Failed {
  table: string
  split: Split
  model: string
  reason: string
}

export interface Work {
  tables: readonly NamedTable[]
  splits: readonly Split[]
  models: readonly Model[]
}

interface Context {
  folder: string
  signal: AbortSignal
  /** Computes nothing. */
  keptOnly: boolean
  report(text: string): void
}

/** The fits that are kept, and those that are computed now; one that fails is reported, and the others go on. */
export async function allFits({ tables, splits, models }: Work, context: Context) {
  const fits: Fit[] = []
  const failed: Failed[] = []
  const total = splits.length * tables.length * models.length
  let done = 0
  for (const split of splits) {
    for (const table of tables) {
      const problem = await problemOf(table, split)
      for (const model of models) {
        done++
        const place = { table: table.name, split, model: model.name }
        const report = (text: string) =>
          context.report(`${done}/${total} ${table.name} ${split} ${model.name}: ${text}`)
        const result = await resultOf(problem, model, { ...context, report })
        if (result instanceof Error) failed.push({ ...place, reason: result.message })
        else if (result !== null) fits.push({ ...place, ...result })
      }
    }
  }
  return { fits, failed }
}

async function resultOf(problem: Problem, model: Model, context: Context): Promise<Result | Error | null> {
  const { folder, signal, report } = context
  signal.throwIfAborted()
  const kept = await keptResult(folder, problem, model)
  if (kept !== null || context.keptOnly) return kept
  try {
    const result = await computed(problem, model, signal)
    await keep(folder, problem, model, result)
    report(`${result.score.toPrecision(4)}, ${result.seconds.toFixed(1)} s`)
    return result
  } catch (error) {
    signal.throwIfAborted()
    report(`failed: ${(error as Error).message}`)
    return error as Error
  }
}

async function computed(problem: Problem, model: Model, signal: AbortSignal): Promise<Result> {
  const { answers, seconds, bytes, setting } = await model.fit(problem, signal)
  return { ...scoresOf(problem, answers), seconds, bytes, setting }
}
