import { writeText } from '../io/text-file.js'
import { type Figures, figuresOf, type Run } from '../report/figures.js'
import { renderPage } from '../report/page.js'

export const writePage = (path: string, run: Run): Promise<void> => writeFigures(path, figuresOf(run))

/** @throws PsilonError ERR_UNSUPPORTED where the optional packages that draw charts are not installed. */
export async function writeFigures(path: string, figures: Figures): Promise<void> {
  await writeText('report', path, await renderPage(figures))
}
