import type { Test } from 'tap'
import { runModule } from '../support/child.js'

/** Runs `code`, with what it shares, where the GPU is the host; what it returns comes back. */
export async function onHostGpu(t: Pick<Test, 'strictSame'>, code: string, env: Record<string, string> = {}) {
  const module = `
    import { devices, fitMany, PsilonNet, PsilonRegressor, PsilonResNet } from 'psilon'
    const rows = Array.from({ length: 60 }, (_, i) => [Math.sin(i), Math.cos(3 * i), (i % 5) / 5])
    const data = { x: rows, y: rows.map(([a, b, c]) => [a * b + c]) }
    const options = { epochs: 12, batchSize: 16, lambda: 1e-3, learningRate: 5e-3, seed: 5 }
    const network = (options = {}) => new PsilonNet({ inputs: 3, hidden: 12, depth: 2, outputs: 1, seed: 3, dtype: 'float64', ...options })
    const failureOf = (work) => work.then(() => null, ({ code, message, details }) => ({ code, message, details }))
    const result = await (async () => { ${code} })()
    console.log(JSON.stringify(result))`
  const end = await runModule(module, { env, imports: ['./test/cuda-host/use.mjs'] })
  t.strictSame({ code: end.code, signal: end.signal, stderr: end.stderr }, { code: 0, signal: null, stderr: '' })
  return JSON.parse(end.stdout)
}
