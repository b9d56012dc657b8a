import { PsilonError } from 'psilon'
import { didYouMean } from '../did-you-mean.js'
import type { Absent, Model } from './models.js'
import { findVersions, peerModel, peerNames, type Versions } from './peers.js'
import { psilonModel, psilonNames } from './psilon-models.js'

const slow: readonly string[] = ['paper', 'realmlp']

/** Those that take part where none are named. */
export const defaultModels = [...psilonNames, ...peerNames].filter((name) => !slow.includes(name))

interface Choice {
  models: readonly string[]
  threads: number
  /** Further options of PSiLON's estimators. */
  options: Record<string, unknown>
}

interface Chosen {
  models: Model[]
  absent: Absent[]
  /** Of Python's libraries; null where no model needs them. */
  versions: Versions | null
}

/** @throws PsilonError ERR_OPTION for a name that is none. */
export async function chosenModels({ models, threads, options }: Choice): Promise<Chosen> {
  for (const name of models) requireKnown(name)
  const peers = peerNames.filter((name) => models.includes(name))
  const versions = peers.length === 0 ? null : await findVersions()
  const found = peers.map((name) => peerModel(name, versions as Versions | string))
  const own = psilonNames.filter((name) => models.includes(name))
  return {
    models: [...own.map((name) => psilonModel(name, threads, options)), ...found.filter((each) => 'fit' in each)],
    absent: found.filter((each) => 'reason' in each),
    versions: typeof versions === 'string' ? null : versions,
  }
}

function requireKnown(name: string): void {
  const all: readonly string[] = [...psilonNames, ...peerNames]
  if (all.includes(name)) return
  const hint = didYouMean(name, all) || `, expected some of ${all.join(', ')}`
  throw new PsilonError('ERR_OPTION', `[measure:accuracy] there is no model "${name}"${hint}`)
}
