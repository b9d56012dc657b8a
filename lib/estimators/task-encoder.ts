import type { ClassLabels } from '../data/target.js'
import type { TargetScaler } from '../data/target-scaler.js'
import type { Task } from '../data/task.js'
import { classification } from './classifier.js'
import type { TargetEncoder } from './data.js'
import type { ClassifierOptions, RegressorOptions } from './estimator-options.js'
import { regression } from './regressor.js'

type TaskOptions = Pick<RegressorOptions & ClassifierOptions, 'loss' | 'targetTransform' | 'classWeight'>

/** How an estimator of this task, with these options, encodes its target. */
export function taskEncoder(task: Task, options: TaskOptions): TargetEncoder<TargetScaler | ClassLabels> {
  const encoder = task === 'regression' ? regression(options) : classification(options.classWeight)
  return encoder as TargetEncoder<TargetScaler | ClassLabels>
}
