import { aligned, count, percent } from '../../print.js'
import { type CertificateFigures, radiusText, shareTable, unitText } from '../../report/certificates/figures.js'
import { shownName } from '../files/tables.js'

/** The files that the command has written. */
export interface CertifyFiles {
  answers: string | null
  counterexamples: string | null
  report: string | null
}

/** @param within as it was given. */
export function summaryLines(
  figures: CertificateFigures,
  { file, within }: { file: string; within: string | undefined },
  files: CertifyFiles,
): string[] {
  const { rows, unit, level } = figures
  const radii = within === undefined ? `in ${unitText[unit]}` : `multiples of ${within}`
  return [
    `${count(rows, 'row')} of ${shownName(file)}, level ${level}, radii are ${radii}`,
    '',
    ...aligned(shareTable(figures)),
    '',
    resultText(figures),
    ...fileLines(files),
  ]
}

function resultText({ level, unit, medianRadius, exactShare, accuracy }: CertificateFigures): string {
  const solved = level === 'exact' ? [`${percent(exactShare)} solved exactly`] : []
  const right = accuracy === null ? [] : [`${percent(accuracy)} of the answers are right`]
  return [`median radius ${radiusText(medianRadius, unit)}`, ...solved, ...right].join(', ')
}

function fileLines({ answers, counterexamples, report }: CertifyFiles): string[] {
  const flips = counterexamples === null ? '' : `, counterexamples in ${counterexamples}`
  return [
    ...(answers === null ? [] : [`answers in ${answers}${flips}`]),
    ...(report === null ? [] : [`${report}: all of this as a page`]),
  ]
}
