import type { NativeData, NativeNetwork, Parameters } from '#psilon/core/native.js'
import { native } from '../addon/native.mjs'
import type { NativeObjective } from '../addon/types.js'
import { evaluateAt } from './core.js'

const step = 1e-5
const tolerance = 1e-6

export interface GradientCheck {
  checked: number
  /** Entries at which the left and right differences disagree: a kink is nearer than the step. */
  kinks: number
  /** Entries whose derivative is off, with what came and what was expected. */
  wrong: string[]
}

function moved(parameters: Parameters, name: string, index: number, by: number): Parameters {
  const { shape, data } = parameters[name] as Parameters[string]
  const values = data.slice()
  values[index] = (values[index] as number) + by
  return { ...parameters, [name]: { shape, data: values } }
}

/** Compares gradsLoss and gradsReg with central differences of loss and reg, for every parameter. */
export function checkGradients(
  network: NativeNetwork,
  data: NativeData,
  goal: NativeObjective,
  alpha: number,
): GradientCheck {
  const parameters = network.parameters()
  const here = native.evaluate(network, data, goal, alpha, 1)
  const result: GradientCheck = { checked: 0, kinks: 0, wrong: [] }
  for (const [name, { data: values }] of Object.entries(parameters)) {
    for (let i = 0; i < values.length; i++) {
      const before = evaluateAt(network, moved(parameters, name, i, -step), data, goal, alpha)
      const after = evaluateAt(network, moved(parameters, name, i, step), data, goal, alpha)
      for (const [figure, group] of [['loss', 'gradsLoss'] as const, ['reg', 'gradsReg'] as const]) {
        const [left, right] = [here[figure] - before[figure], after[figure] - here[figure]].map((d) => d / step)
        const scale = Math.max(1, Math.abs(here[figure]))
        if (Math.abs((left as number) - (right as number)) > 1e-2 * scale) {
          result.kinks++
          continue
        }
        result.checked++
        const expected = (after[figure] - before[figure]) / (2 * step)
        const actual = here[group][name]?.data[i] as number
        if (!(Math.abs(actual - expected) <= tolerance * scale + 1e-4 * Math.abs(expected)))
          result.wrong.push(`${group} ${name}[${i}]: ${actual}, by differences ${expected}`)
      }
    }
  }
  network.setParameters(parameters)
  return result
}
