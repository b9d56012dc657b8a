import { Checkpoint } from '../checkpoint/checkpoint.js'
import { digestOf, runIdentity } from '../checkpoint/run-identity.js'
import { fitOptions, type TrainingData } from '../fit/options.js'
import { chooseDevice } from '../machine/devices.js'
import type { FitData } from './data.js'
import type { Parts } from './parts.js'
import type { Settings } from './settings.js'

/** The checkpoint of a run on these rows with these settings; null if none is asked for. */
export async function openRunCheckpoint<Coding>(
  given: unknown,
  { data, settings, parts }: { data: FitData<Coding>; settings: Settings; parts: Parts<Coding> },
): Promise<Checkpoint | null> {
  if (given === undefined) return null
  const options = fitOptions.checkpoint.kind.check('checkpoint', given)
  const { threads, ...others } = settings
  const { train } = parts.whole(settings.space.encodings[0])
  const validation = data.validation && parts.encodedBy(settings.space.encodings[0])[0].validation
  const facts = [others, data.target, data.loss, data.preprocessor.features, data.preprocessor.dropped]
  const digest = digestOf(facts, [...numbersOf(train), ...numbersOf(validation)])
  const { device } = chooseDevice(settings.device)
  return await Checkpoint.open(options, runIdentity(device, digest))
}

function numbersOf(rows: TrainingData | null) {
  if (rows === null) return [null]
  const { x, y, sampleWeight } = rows as { x: { data: Float64Array } } & Pick<TrainingData, 'y' | 'sampleWeight'>
  const numbers = (values: unknown) => Float64Array.from(values as ArrayLike<number>)
  return [x.data, numbers(y), sampleWeight === undefined ? null : numbers(sampleWeight)]
}
