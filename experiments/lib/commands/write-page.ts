import { join, resolve } from 'node:path'
import { PsilonError } from 'psilon'
import { writeWhole } from '../files.js'
import type { ExperimentPage } from '../pages/page.js'
import { renderExperiment } from '../pages/render-experiment.js'

/** The page of a run. */
export const pagePath = (folder: string): string => join(folder, 'report.html')

/** @throws PsilonError ERR_OPTION where the path is that of figures, ERR_UNSUPPORTED where nothing is installed that draws. */
export async function writePage(path: string, page: ExperimentPage): Promise<void> {
  if (resolve(path).endsWith('.json')) {
    throw new PsilonError('ERR_OPTION', `[report] --out is ${path}, expected the path of a page, such as report.html`)
  }
  await writeWhole('report', path, await renderExperiment(page))
}
