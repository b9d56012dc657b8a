import type { Bound } from '../native.js'

export const bounds = ['original', 'improved', 'tight'] as const satisfies readonly Bound[]
