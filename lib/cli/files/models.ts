import { Refusal } from '../../errors/refusal.js'
import { isEstimator, type Model } from '../../estimators/models.js'
import { fileName } from '../../io/file-error.js'
import { load } from '../../load.js'
import { count, listed, named } from '../../print.js'
import { warn } from '../terminal/output.js'

/** @throws Refusal ERR_UNSUPPORTED for the file of a bare network, which cannot read tables. */
export async function loadEstimator(path: string): Promise<Model> {
  const model = await load(path)
  if (isEstimator(model)) return model
  const expected = 'expected a model that was trained on a table, by psilon train or an estimator'
  throw new Refusal('ERR_UNSUPPORTED', `${fileName(path)} holds a bare network, ${expected}`)
}

/** Columns named in warnings of one kind. */
const maxWarnings = 8

/** Warns of values in a table that training did not see. */
export function warnOfNotes(notes: { unseen: Record<string, string[]>; missing: Record<string, number> }): void {
  warnOfEach(notes.unseen, 'hold values that training never saw', (levels) => {
    return `holds values that training never saw: ${listed(levels.map((level) => JSON.stringify(level)))}`
  })
  warnOfEach(notes.missing, 'have missing cells', (cells) => `has ${count(cells, 'missing cell')}`)
}

function warnOfEach<T>(notes: Record<string, T>, what: string, text: (note: T) => string): void {
  const columns = Object.entries(notes)
  for (const [column, note] of columns.slice(0, maxWarnings)) {
    warn(`column "${named(column)}" ${text(note)}`)
  }
  const more = columns.length - maxWarnings
  if (more > 0) warn(`${more.toLocaleString('en-US')} more columns ${what}; --json has all`)
}
