import { duration } from '../../print.js'
import { scoreOf } from '../../report/sweep/table.js'
import { settingText } from '../../sweep/space.js'
import type { PreparedSweep, SweepEvent } from '../../sweep/sweep.js'
import { displayOn } from '../terminal/display.js'
import { TimeLeft } from '../terminal/time-left.js'

const clock = () => performance.now() / 1000

/** Shows a sweep until it ends: a bar on a terminal, elsewhere a line for each tenth of the trials. */
export async function showSweep(run: AsyncIterable<SweepEvent>, { plan, known }: PreparedSweep): Promise<void> {
  const display = displayOn(process.stderr)
  const left = new TimeLeft()
  const begin = clock()
  const { title, text } = scoreOf({ metric: plan.metric, target: plan.data.target })
  left.add(0, known.size / plan.trials.length)
  try {
    for await (const { done, planned, setting, measured } of run) {
      const elapsed = clock() - begin
      left.add(elapsed, done / planned)
      const remaining = left.seconds === null ? 'estimating' : `${duration(left.seconds)} left`
      const score = measured?.scores[plan.metric]
      display.show(done / planned, () => [
        done === planned ? duration(elapsed) : remaining,
        `trial ${done}/${planned}`,
        score === undefined ? 'failed' : `${title} ${text(score)}`,
        settingText(plan.settings[setting]),
      ])
    }
  } finally {
    display.end()
  }
}
