/** npm run test:faults -- [kills] [seed]: many faults, in minutes. */

import { killRuns } from './kills.mjs'
import { hasRedis } from './redis.mjs'
import { disturbSweep } from './sweeps.mjs'

const [kills = '200', seed = '1'] = process.argv.slice(2)
const sum = await killRuns({ kills: Number(kills), seed: Number(seed), report: console.log })
console.log(sum)
if (sum.different > 0 || sum.fromTheStart > 0) process.exitCode = 1

if (hasRedis) {
  const trials = 60
  const sweep = await disturbSweep({ trials, workers: 3, seed: Number(seed), report: console.log })
  console.log(sweep)
  if (sweep.results !== trials || sweep.different > 0 || sweep.twice > 0) process.exitCode = 1
} else console.log('skipped: a sweep over workers, as redis-server is not installed')
