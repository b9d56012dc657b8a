import { join } from 'node:path'
import { packageRoot } from './child.js'
import { someRows } from './tables.js'

export interface House {
  area: number
  age: number
  town: string
  garden: string
  price: number
}

const towns = ['Aachen', 'Bonn', 'Celle']

/** Rows of a made-up table: price = 1000 (2 area - age + 20 for a garden), and half as much again in Bonn. */
export function someHouses(rows: number, seed = 1): House[] {
  const { data } = someRows(rows, 4, seed)
  return Array.from({ length: rows }, (_, i) => {
    const [a, b, c, d] = data.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number]
    const house = {
      area: 100 + 50 * a,
      age: 30 + 20 * b,
      town: towns[Math.floor(1.5 * (c + 1))] as string,
      garden: d > 0 ? 'yes' : 'no',
    }
    const price = 1000 * (2 * house.area - house.age + (d > 0 ? 20 : 0)) * (house.town === 'Bonn' ? 1.5 : 1)
    return { ...house, price }
  })
}

/** The columns of rows. */
export function columnsOf<Row extends object>(rows: readonly Row[]): Record<keyof Row & string, unknown[]> {
  const names = Object.keys(rows[0] as Row) as (keyof Row & string)[]
  return Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])])) as never
}

export function csvOf(rows: readonly object[]): string {
  return [Object.keys(rows[0] as object), ...rows.map(Object.values)].map((cells) => cells.join(',')).join('\n')
}

/** Path of a bundled table. */
export const bundled = (name: string): string => join(packageRoot, 'data', name)

/** Options of an estimator that fits these tables within some tenths of a second. */
export const quick = {
  preset: 'paper',
  hidden: 24,
  depth: 2,
  epochs: 60,
  batchSize: 32,
  learningRate: 0.01,
  lambda: 1e-4,
  seed: 3,
} as const
