import { monotone } from './monotone.js'

/** (value - mean) / deviation. */
export const standard = monotone('standard', {
  learn: () => ({}),
  at: (_, value) => value,
  step: () => 1,
  usualValues: ({ mean, deviation }) => `mean ${mean} and deviation ${deviation}`,
  read: {},
})
