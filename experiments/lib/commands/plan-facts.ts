import type { Model } from '../cells/cells.js'
import { modelNames } from '../pages/texts.js'
import type { Plan } from '../studies/experiment.js'
import { count } from '../text.js'

/** What an experiment on tables is going to do. */
export function planFacts(
  { sets, skipped, grids, options, size }: Plan,
  { data, out }: Record<'data' | 'out', string>,
): [name: string, text: string][] {
  const { seeds, trainRows, hidden, epochs } = options
  const models = Object.entries(grids).map(([model, settings]) => `${modelNames[model as Model]} ${settings.length}`)
  return [
    ['tables', `${sets.map(({ name }) => name).join(', ')} of ${data}`],
    ['skipped', skipped.map(({ set, reason }) => `${set}: ${reason}`).join('; ')],
    ['settings', `${models.join(', ')}; ${count(seeds, 'seed')}`],
    ['training', `${count(trainRows, 'row')}, ${count(epochs, 'epoch')}, hidden layers of ${hidden}`],
    ['fits', `${count(size.cells, 'fit')}; those that are finished are in ${out}`],
  ]
}
