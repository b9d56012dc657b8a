import { refusalOf, textOf } from '../../errors/refusal.js'
import { writeFile } from '../../io/write-file.js'
import { layOut } from '../../report/layout.js'
import { type Run, runPage } from '../../report/run-page.js'
import { warn } from '../terminal/output.js'

/** @throws Refusal ERR_UNSUPPORTED if the optional packages that draw charts are not installed. */
export async function writePage(path: string, run: Run): Promise<void> {
  await writeFile(path, await layOut(runPage(run)))
}

/** Returns the path of the page; null, with a warning, if the packages that draw charts are not installed. */
export async function writePageOrWarn(path: string, run: Run): Promise<string | null> {
  try {
    await writePage(path, run)
    return path
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal?.code !== 'ERR_UNSUPPORTED') throw error
    warn(`${path} was not written: ${textOf(refusal.said)}`)
    return null
  }
}
