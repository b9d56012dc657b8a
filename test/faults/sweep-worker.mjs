/** sweep-worker.mjs URL FOLDER: a worker that is missed within seconds, and that prints `first KEY` for each result it was first to have. */

import { work } from '#psilon/sweep/redis/worker.js'

const [url = '', folder = ''] = process.argv.slice(2)
const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())
await work({
  ...{ url, threads: 1, cache: folder, stop: stop.signal },
  done: ({ key }) => console.log(`first ${key}`),
  tell: (sentence) => console.log(sentence),
  times: { lock: 2, check: 1, checkpoint: 0.1 },
})
