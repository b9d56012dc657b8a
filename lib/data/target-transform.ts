export const targetTransforms = ['none', 'log', 'log1p'] as const
/** What a regressor learns of its target: the value itself, ln(value) or ln(1 + value). */
export type TargetTransform = (typeof targetTransforms)[number]

interface Traits {
  forward(value: number): number
  inverse(transformed: number): number
  /** Values must be above it. */
  above: number
  /** What is learned, as a text. */
  text(target: string): string
}

export const transformTraits: Record<TargetTransform, Traits> = {
  none: { forward: (value) => value, inverse: (value) => value, above: -Infinity, text: (target) => target },
  log: { forward: Math.log, inverse: Math.exp, above: 0, text: (target) => `ln(${target})` },
  log1p: { forward: Math.log1p, inverse: Math.expm1, above: -1, text: (target) => `ln(1 + ${target})` },
}
