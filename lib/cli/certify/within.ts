import { option, Refusal, words } from '../../errors/refusal.js'
import type { Within } from '../../estimators/certificates/within.js'
import type { PsilonClassifier } from '../../estimators/classifier.js'
import { listOf } from '../files/tables.js'

/** `temperature=0.5,pressure=2%,valve=A|B` */
export function withinOf(text: string, model: PsilonClassifier): Within {
  const entries = listOf('within', text).map((part): [string, Within[string]] => {
    const [, name, tolerance] = /^(.+)=([^=]*)$/s.exec(part) ?? []
    if (name === undefined) {
      const found = words`${option('within')} has ${JSON.stringify(part)}, expected COLUMN=TOLERANCE`
      throw new Refusal('ERR_OPTION', found)
    }
    const levels = model.features.some(({ column, kind }) => column === name && kind === 'level')
    if (levels) return [name, tolerance.split('|')]
    return [name, tolerance.trim() === '' || Number.isNaN(Number(tolerance)) ? tolerance : Number(tolerance)]
  })
  return Object.fromEntries(entries)
}
