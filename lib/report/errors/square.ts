import { colours } from '../charts/chart.js'

/** An axis of shares from 0 to 1. */
export const shareAxis = (field: string, title: string) => ({
  ...({ field, type: 'quantitative' } as const),
  ...{ title, scale: { domain: [0, 1] }, axis: { format: '.0%' } },
})

/** The line on which both axes are equal. */
export function diagonal(from: number, to: number, x: string, y: string) {
  return {
    data: { values: [from, to].map((value) => ({ [x]: value, [y]: value })) },
    mark: { type: 'line' as const, color: colours.ink, strokeDash: [4, 3], strokeWidth: 1 },
  }
}
