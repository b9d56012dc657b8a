import t from 'tap'
import { hasRedis } from './redis.mjs'
import { disturbSweep } from './sweeps.mjs'

const skip = hasRedis ? false : 'redis-server is not installed'

t.test('a sweep whose workers, Redis and connections fail gives what it gives here', { skip }, async (t) => {
  const { results, different, twice, ...faults } = await disturbSweep({ trials: 12, workers: 2, seed: 3 })
  t.strictSame({ results, different, twice }, { results: 12, different: 0, twice: 0 })
  t.comment(faults)
  for (const name of ['worker killed', 'Redis killed', 'connections cut']) t.ok((faults[name] ?? 0) > 0, name)
})
