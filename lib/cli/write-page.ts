import { writeFile } from '../io/write-file.js'
import { refusalOf, textOf } from '../refusal.js'
import { type Figures, figuresOf, type Run } from '../report/figures.js'
import { renderPage } from '../report/page.js'
import { warn } from './output.js'

export const writePage = (path: string, run: Run): Promise<void> => writeFigures(path, figuresOf(run))

/** @throws Refusal ERR_UNSUPPORTED where the optional packages that draw charts are not installed. */
export async function writeFigures(path: string, figures: Figures): Promise<void> {
  await writeFile(path, await renderPage(figures))
}

/** The path of the page. Where nothing is installed that draws, null and a warning: what was done is none the worse. */
export async function writeFiguresOrWarn(path: string, figures: Figures): Promise<string | null> {
  try {
    await writeFigures(path, figures)
    return path
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal?.code !== 'ERR_UNSUPPORTED') throw error
    warn(`${path} was not written: ${textOf(refusal.said)}`)
    return null
  }
}
