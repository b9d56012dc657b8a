import { extent } from 'd3-array'

/** A picture as plain data. */
export type Panel = LinePanel | DotPanel | BarPanel

interface Words {
  title: string
  /** What is drawn, and how to read it. */
  text: string
  /** Its numbers as rows of texts, the head first. */
  table?: readonly (readonly string[])[]
}

export interface Point {
  x: number
  y: number
}

export interface Line {
  name: string
  /** None where training diverged. */
  points: readonly Point[]
  /** Those that a diamond marks. */
  chosen?: readonly Point[]
}

export interface LinePanel extends Words {
  kind: 'lines'
  x: { title: string; format?: string; logarithmic?: boolean }
  y: { title: string; domain: Domain }
  lines: readonly Line[]
}

/** What lies outside is not drawn. */
export type Domain = readonly [least: number, most: number]

/** For each row the values of several series on one axis; null: none. */
export interface DotPanel extends Words {
  kind: 'dots'
  x: { title: string; logarithmic?: boolean }
  rows: readonly string[]
  series: readonly { name: string; values: readonly (number | null)[] }[]
}

/** Horizontal bars in their order. */
export interface BarPanel extends Words {
  kind: 'bars'
  x: { title: string; format?: string }
  bars: readonly { name: string; value: number; text: string }[]
}

/** Panels beside each other. */
export interface PanelSection {
  title: string
  text: string
  panels: readonly Panel[]
}

/** From the least to the largest y of all these lines. */
export function domainOf(lines: readonly Line[]): Domain {
  const [least = 0, most = 1] = extent(lines.flatMap(({ points }) => points.map(({ y }) => y)))
  return [least, most]
}
