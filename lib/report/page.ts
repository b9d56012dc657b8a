import type { PanelSection } from './panels.js'

/** A page as plain data. What is left out has no place on it. */
export interface Page {
  title: string
  subtitle: string
  /** Stand large at the top. */
  keys?: readonly KeyFigure[]
  /** What a reader should know first, each in a box of its own. */
  notes?: readonly string[]
  /** Charts; they stand above the tables. */
  panels?: readonly PanelSection[]
  tables?: readonly TableSection[]
  /** What was run, on what and how, at the end of the page; entries with an empty text are left out. */
  facts?: readonly (readonly [name: string, text: string])[]
}

export interface KeyFigure {
  name: string
  value: string
  note: string
}

/** A table of texts. Its first row is the head, the first cell of each row its name. */
export interface TableSection {
  title: string
  text: string
  rows: readonly (readonly string[])[]
}
