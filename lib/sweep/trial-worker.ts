import { parentPort, workerData } from 'node:worker_threads'
import { refusalOf, textOf } from '../errors/refusal.js'
import { Divisions } from './data.js'
import { runTrial } from './run-trial.js'
import type { Answer, Order } from './trial-threads.js'

/** The program of a thread: runs the trials that come, one after the other, until it is told to stop. */

const port = parentPort as NonNullable<typeof parentPort>
const divisions = new Divisions(workerData)
const stop = new AbortController()

port.on('message', async (order: Order) => {
  if (order === 'stop') stop.abort()
  else port.postMessage(await answerTo(order))
})

async function answerTo({ trial, ...control }: Exclude<Order, 'stop'>): Promise<Answer> {
  try {
    return { result: await runTrial(trial, divisions, { ...control, stop: stop.signal }) }
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === undefined) return { error }
    return { refusal: { code: refusal.code, message: textOf(refusal.said), details: refusal.details } }
  }
}
