import { copyFileSync, existsSync } from 'node:fs'
import { type FitOptions, type History, type Parameters, PsilonNet, PsilonResNet } from 'psilon'
import { readCheckpoint, writeCheckpoint } from '#psilon/checkpoint/checkpoint-file.js'

const rows = 200
const inputs = 5

/** Networks of one config, and rows for them. */
export function networks(kind: 'mlp' | 'resnet', given: object = {}) {
  const noise = (k: number) => Math.sin(12.9898 * k) / 2
  const x = Array.from({ length: rows }, (_, i) => Array.from({ length: inputs }, (_, j) => noise(i * inputs + j)))
  const y = x.map(([a, b]) => 2 * a + Math.sin(3 * b))
  const options = { inputs, outputs: 1, seed: 3, ...given }
  const make = () =>
    kind === 'mlp'
      ? new PsilonNet({ hidden: [12, 9], ...options })
      : new PsilonResNet({ hidden: 9, depth: 2, ...options })
  return { make, data: { x, y }, validation: { x: x.slice(0, 50), y: y.slice(0, 50), every: 2 } }
}

export const epochs = 24
export const usual: FitOptions = { epochs, batchSize: 32, lambda: 1e-2, learningRate: 5e-3 }

/** The same bits of all parameters. */
export function bits(parameters: Parameters): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { data }]) => {
      return [name, Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')]
    }),
  )
}

/** A history without durations and threads. */
export function withoutTime({ epochs, device: { threads, ...device }, ...history }: History): object {
  return { ...history, device, seconds: 0, epochs: epochs.map((epoch) => ({ ...epoch, seconds: 0 })) }
}

/** Copies the checkpoint of a run whenever it tells something, and once it has ended. @returns the paths of the copies. */
export async function copies(run: AsyncIterable<unknown>, path: string): Promise<string[]> {
  const all: string[] = []
  const copy = () => {
    if (!existsSync(path)) return
    const to = `${path}.${all.length}`
    copyFileSync(path, to)
    all.push(to)
  }
  for await (const _ of run) copy()
  copy()
  return all
}

/** Makes the checkpoint of a run that has ended one of a run that was killed, with one before it. */
export async function reopen(path: string): Promise<void> {
  const contents = await readCheckpoint(path)
  for (let k = 0; k < 2; k++) await writeCheckpoint(path, { ...contents, ended: false })
}
