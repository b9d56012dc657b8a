export type { Chart, ChartSection, KeyFigure, Page, TableSection } from './page.js'
export { renderPage } from './render-page.js'
