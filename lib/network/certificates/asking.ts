import { guard, type Native, native, ours } from '../../core/native.js'
import { checkThreads } from '../../fit/settings.js'

/** Calls of the core that run on other threads, each with a twin that runs on this one; the last argument is threads. */
type Name = 'predictMean' | 'certify' | 'answer'
type Given<Arguments> = Arguments extends [...infer Rest, threads: number] ? Rest : never

interface Question {
  name: Name
  given: readonly unknown[]
}

/** A computation that asks the core now and then. It is written once, and run at once or later: to the same bits. */
export type Asking<Result> = Generator<Question, Result, unknown>

/** Asks the core. */
export function* core<Call extends Name>(
  name: Call,
  ...given: Given<Parameters<Native[Call]>>
): Asking<Awaited<ReturnType<Native[Call]>>> {
  return ours(yield { name, given }) as Awaited<ReturnType<Native[Call]>>
}

type Answering = (...given: unknown[]) => unknown

/** Runs on this thread alone, which waits. */
export function runNow<Result>(work: Asking<Result>): Result {
  let step = work.next()
  while (!step.done) {
    const { name, given } = step.value
    step = work.next(guard(() => (native[`${name}Sync`] as Answering)(...given, 1)))
  }
  return step.value
}

/** Runs on all processors, while this thread does other things. */
export async function runLater<Result>(work: Asking<Result>): Promise<Result> {
  let step = work.next()
  while (!step.done) {
    const { name, given } = step.value
    step = work.next(await guard(() => (native[name] as Answering)(...given, checkThreads())))
  }
  return step.value
}
