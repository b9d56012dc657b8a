/** npm run test:faults -- [kills] [seed]: many faults, in minutes. */

import { killRuns } from './kills.mjs'

const [kills = '200', seed = '1'] = process.argv.slice(2)
const sum = await killRuns({ kills: Number(kills), seed: Number(seed), report: console.log })
console.log(sum)
if (sum.different > 0 || sum.fromTheStart > 0) process.exitCode = 1
