/** A page as plain data. What is left out has no place on it. */
export interface Page {
  title: string
  subtitle: string
  /** Stand large at the top. */
  keys?: readonly KeyFigure[]
  /** What a reader should know first, each in a box of its own. */
  notes?: readonly string[]
  /** Charts; they stand above the tables. */
  panels?: readonly ChartSection[]
  tables?: readonly TableSection[]
  /** What was run, on what and how, at the end of the page; entries with an empty text are left out. */
  facts?: readonly (readonly [name: string, text: string])[]
}

export interface KeyFigure {
  name: string
  value: string
  note: string
}

/** Charts beside each other. */
export interface ChartSection {
  title: string
  text: string
  charts: readonly Chart[]
}

/** A chart and the words around it. */
export interface Chart {
  title: string
  /** What it shows and how to read it. */
  text: string
  /** What it shows, for those who cannot see it. */
  alt?: string
  /** Its numbers as rows of texts, the head first; the reader can unfold them. */
  table?: readonly (readonly string[])[]
  /** A Vega-Lite specification with its data in it. Sizes, colours and fonts it does not set are those of the page. */
  spec: object
}

/** A table of texts. Its first row is the head, the first cell of each row its name. */
export interface TableSection {
  title: string
  text: string
  rows: readonly (readonly string[])[]
}
