import type { Redis, RedisOptions } from 'ioredis'
import { Refusal } from '../../errors/refusal.js'
import { type RedisUrl, readUrl } from './url.js'

/** Says what happens to a connection, and to trials, in one sentence. */
export type Tell = (sentence: string) => void

export const warnOfProcess: Tell = (sentence) => process.emitWarning(sentence, 'PsilonWarning')

/** A connection to Redis that comes back by itself whenever it is lost. */
export interface Link {
  redis: Redis
  bullmq: typeof import('bullmq')
  /** Begins the name of every key. */
  prefix: string
  /** Host and port, for messages. */
  place: string
  close(): void
}

/** Milliseconds within which a first connection must be ready. */
const connectWithin = 5000

/** A connection from which nothing comes for so many milliseconds, although an answer is due, is taken to be cut. */
const silentFor = 20_000

/** The optional packages. @throws Refusal ERR_UNSUPPORTED where they are not installed. */
export async function packages(): Promise<Pick<Link, 'bullmq'> & Pick<typeof import('ioredis'), 'Redis'>> {
  try {
    const [bullmq, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')])
    return { bullmq, Redis }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    const message =
      'sweeps on many machines need the packages bullmq and ioredis, which are not both installed; run: npm install bullmq ioredis'
    throw new Refusal('ERR_UNSUPPORTED', message, { cause })
  }
}

/**
 * @param url as readUrl takes it.
 * @throws Refusal ERR_OPTION for what is no URL of Redis, ERR_UNSUPPORTED without the packages, ERR_REDIS if there is no
 * connection within seconds.
 */
export async function connect(url: string, tell: Tell): Promise<Link> {
  const read = readUrl(url)
  const { bullmq, Redis } = await packages()
  let isReady = false
  const redis = new Redis({
    ...optionsOf(read),
    retryStrategy: (times) => (isReady ? Math.min(100 * times, 2000) : null),
  })
  let isLost = false
  const close = () => {
    isLost = true // nothing more is said
    redis.disconnect()
  }
  try {
    await firstConnection(redis, read.place)
  } catch (error) {
    close()
    throw error
  }
  isReady = true
  redis.on('error', () => {}) // `close` follows
  redis.on('close', () => {
    if (!isLost) tell(`the connection to Redis at ${read.place} is lost; trying again`)
    isLost = true
  })
  redis.on('ready', () => {
    if (isLost) tell(`connected to Redis at ${read.place} again`)
    isLost = false
  })
  return { redis, bullmq, prefix: read.prefix, place: read.place, close }
}

function optionsOf({ host, port, username, password, database, tls }: RedisUrl): RedisOptions {
  return {
    ...{ host, port, username, password, db: database, ...(tls && { tls: {} }) },
    ...{ lazyConnect: true, maxRetriesPerRequest: null, connectTimeout: connectWithin, socketTimeout: silentFor },
    keepAlive: 10_000,
  }
}

async function firstConnection(redis: Redis, place: string): Promise<void> {
  let latest: Error | undefined
  const listen = (error: Error) => {
    latest = error
  }
  redis.on('error', listen)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${connectWithin / 1000} seconds`)), 2 * connectWithin)
  })
  try {
    await Promise.race([redis.connect().then(() => redis.ping()), late])
  } catch (cause) {
    throw unreachable(place, latest ?? cause)
  } finally {
    clearTimeout(timer)
    redis.off('error', listen)
  }
}

/** Replies of a Redis that will soon answer again, and errors of connections, which ioredis opens again. */
const passing =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY) |^Connection is closed|^Socket timeout|^Command aborted|\bE(CONN\w+|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|AI_AGAIN)\b/

export const isPassing = (error: unknown): boolean => passing.test(String(Object(error).message))

export function unreachable(place: string, cause: unknown): Refusal {
  const { message, code } = Object(cause) as NodeJS.ErrnoException
  const why = message || code || String(cause)
  return new Refusal('ERR_REDIS', `Redis at ${place} cannot be used: ${why}`, { cause })
}
