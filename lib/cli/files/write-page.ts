import { refusalOf, textOf } from '../../errors/refusal.js'
import { writeFile } from '../../io/write-file.js'
import type { Figures } from '../../report/figures.js'
import { renderRun } from '../../report/run-page.js'
import { warn } from '../terminal/output.js'

/** @throws Refusal ERR_UNSUPPORTED if the optional packages that draw charts are not installed. */
export async function writePage(path: string, figures: Figures): Promise<void> {
  await writeFile(path, await renderRun(figures))
}

/** Returns the path of the page; null, with a warning, if the packages that draw charts are not installed. */
export async function writePageOrWarn(path: string, figures: Figures): Promise<string | null> {
  try {
    await writePage(path, figures)
    return path
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal?.code !== 'ERR_UNSUPPORTED') throw error
    warn(`${path} was not written: ${textOf(refusal.said)}`)
    return null
  }
}
