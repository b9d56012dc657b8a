import { importNetwork } from 'psilon'
import type { Test } from 'tap'
import { refuses } from '../support/refusal.js'
import { float, type Graph, modelOf, type NodeMessage, node } from './onnx-builder.js'

/** Two layers, and changes of them. */
export const nodes = [
  node('Gemm', ['x', 'w0', 'b0'], 'z', { transB: 1 }),
  node('Relu', ['z'], 'h'),
  node('Gemm', ['h', 'w1', 'b1'], 'y', { transB: 1 }),
]
export const initializers = [
  ...[float('w0', [2, 3], [1, 2, 3, 4, 5, 6]), float('b0', [2], [0, 1])],
  ...[float('w1', [2, 2], [1, -1, 2, -2]), float('b1', [2], [0, 1])],
]

export type Change = Partial<Graph>
export type Constant = ReturnType<typeof float>

/** Another first layer, activation or last layer, with further constants. */
export const instead = (k: 0 | 1 | 2, other: NodeMessage, ...constants: Constant[]): Change => ({
  nodes: nodes.map((each, at) => (at === k ? other : each)),
  initializers: [...initializers, ...constants],
})
/** Nodes behind the outputs z1. */
export const behind = (...others: NodeMessage[]): Change => ({
  nodes: [...nodes.slice(0, 2), node('Gemm', ['h', 'w1', 'b1'], 'z1', { transB: 1 }), ...others],
})
export const replacing = (...others: Constant[]): Change => ({
  initializers: initializers.map((each) => others.find(({ name }) => name === each.name) ?? each),
})
export const oneOutput = replacing(float('w1', [1, 2], [1, 2]), float('b1', [1], [0]))

/** A change, and the message that follows the name of the file. */
export type Case = [change: Change, message: string]

/** Tests that each changed model is refused so. */
export function refuseAll(t: Test, code: string, cases: Record<string, Case>): void {
  for (const [what, [change, message]] of Object.entries(cases)) {
    t.test(what, async (t) => {
      const bytes = modelOf({ nodes, initializers, ...change })
      await refuses(t, code, `[importNetwork] the model: ${message}`, () => importNetwork(bytes))
    })
  }
}
