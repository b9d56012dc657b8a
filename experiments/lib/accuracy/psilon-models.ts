import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type ClassifierOptions, PsilonClassifier, PsilonRegressor, type RegressorOptions, version } from 'psilon'
import { target } from '../data/requirements.js'
import type { Fitted, Model } from './models.js'
import type { Problem } from './problem.js'
import type { Answers } from './score.js'
import { inTemporaryFolder } from './temporary.js'

type Options = Record<string, unknown>
type Fit = { model: PsilonRegressor | PsilonClassifier; answers(): Promise<Answers> }

/** Options of the estimators; `paper` takes part where it is asked for. */
const presets = {
  fast: { preset: 'fast' },
  balanced: { preset: 'balanced' },
  best: { preset: 'best' },
  paper: { lambda: 'auto' },
}

export const psilonNames = Object.keys(presets) as readonly (keyof typeof presets)[]

/** @param more options of the estimator besides, which come first. */
export function psilonModel(name: keyof typeof presets, threads: number, more: Options): Model {
  const options = { ...presets[name], ...more }
  return {
    name,
    options: { psilon: version, ...options },
    fit: (problem, signal) => fitted(problem, { threads, ...options }, signal),
  }
}

async function fitted(problem: Problem, options: Options, signal: AbortSignal): Promise<Fitted> {
  const { model, answers } =
    problem.task === 'regression' ? regression(problem, options) : classification(problem, options)
  try {
    const before = process.cpuUsage()
    await model.fit(problem.train, { target, signal })
    const { user, system } = process.cpuUsage(before)
    const { config } = model.network
    const setting = {
      lambda: model.lambda,
      networks: model.members.length,
      inputs: config.inputs,
      hidden: config.hidden,
    }
    return { answers: await answers(), seconds: (user + system) / 1e6, bytes: await bytesOf(model), setting }
  } finally {
    model.dispose()
  }
}

function regression({ test, prepared }: Problem, options: Options): Fit {
  const model = new PsilonRegressor(options as RegressorOptions)
  const answers = async () => (await model.predict(test)).values.map(prepared().coding.scale)
  return { model, answers }
}

function classification({ test, prepared }: Problem, options: Options): Fit {
  const model = new PsilonClassifier(options as ClassifierOptions)
  const answers = async () => {
    const { probabilities, classes } = await model.predict(test)
    const { labels } = prepared().coding
    const places = labels.map((label) => classes.findIndex((each) => String(each) === String(label)))
    return probabilities.data.map((_, k, data) => data[k - (k % labels.length) + places[k % labels.length]])
  }
  return { model, answers }
}

const bytesOf = (model: Fit['model']): Promise<number> =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, 'model.safetensors')
    await model.save(path)
    return (await stat(path)).size
  })
