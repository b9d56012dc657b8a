/** A chart as plain data: lines, dots or bars. */
export type Panel = LinePanel | DotPanel | BarPanel

interface Words {
  title: string
  /** What it shows and how to read it. */
  text: string
  /** Its numbers as rows of texts, the head first; the reader can unfold them. */
  table?: readonly (readonly string[])[]
}

export interface Point {
  x: number
  y: number
}

export interface Line {
  name: string
  /** In the order in which the line joins them. A line without points is said to have diverged. */
  points: readonly Point[]
  /** Points that a diamond marks. */
  chosen?: readonly Point[]
}

export interface LinePanel extends Words {
  kind: 'lines'
  /** `format` is one of d3-format, such as '.0%'. */
  x: { title: string; format?: string; logarithmic?: boolean }
  /** Points outside the domain are not drawn. Default: all are. */
  y: { title: string; domain?: Domain }
  lines: readonly Line[]
}

export type Domain = readonly [min: number, max: number]

/** A dot for each value of each series: `values` has one for each row; null draws none. */
export interface DotPanel extends Words {
  kind: 'dots'
  x: { title: string; logarithmic?: boolean }
  rows: readonly string[]
  series: readonly { name: string; values: readonly (number | null)[] }[]
}

/** Horizontal bars, top to bottom; `text` stands behind the bar. */
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
