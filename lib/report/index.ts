export type { KeyFigure, Page, TableSection } from './page.js'
export type { BarPanel, Domain, DotPanel, Line, LinePanel, Panel, PanelSection, Point } from './panels.js'
export { renderPage } from './render-page.js'
