import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis, RedisOptions } from 'ioredis'
import { Refusal } from '../../errors/refusal.js'
import type { Tell } from './tell.js'
import { type RedisUrl, readUrl } from './url.js'

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

/** Milliseconds in which a first connection is tried again, such as while Redis starts. */
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
  const retryStrategy = (times: number) => (isReady ? Math.min(100 * times, 2000) : null)
  const redis = new Redis({ ...optionsOf(read), retryStrategy })
  const clients = [redis]
  const duplicate = redis.duplicate.bind(redis)
  redis.duplicate = (options) => {
    const copy = duplicate(options) // on which BullMQ waits for jobs
    clients.push(copy)
    return copy
  }
  let isLost = false
  const close = () => {
    isLost = true // nothing more is said
    for (const client of clients) {
      client.connect = () => Promise.reject(new Error('Connection is closed.')) // BullMQ may be about to connect again
      client.disconnect()
    }
  }
  try {
    await firstConnection(redis, read)
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

async function firstConnection(redis: Redis, { place, database }: RedisUrl): Promise<void> {
  let latest: unknown
  const listen = (error: Error) => {
    latest = error
  }
  redis.on('error', listen)
  const begin = performance.now()
  const ready = async (): Promise<void> => {
    try {
      latest = undefined
      await redis.connect()
      await redis.select(database) // ioredis goes on with another one if this fails
    } catch (error) {
      const cause = latest ?? error
      if (!isPassing(cause) || performance.now() - begin > connectWithin) throw cause
      await sleep(200)
      return ready()
    }
  }
  const late = new AbortController()
  const timeout = sleep(2 * connectWithin, undefined, { signal: late.signal }).then(() => {
    throw new Error('it does not answer')
  })
  try {
    await Promise.race([ready(), timeout])
  } catch (cause) {
    throw unreachable(place, cause)
  } finally {
    late.abort()
    timeout.catch(() => {})
    redis.off('error', listen)
  }
}

/** Replies of a Redis that will soon answer again, and errors of connections, which ioredis opens again. */
const passing =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY) |^Connection is closed|^Socket timeout|^Command aborted|\bE(CONN\w+|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|AI_AGAIN)\b/

export const isPassing = (error: unknown): boolean => passing.test(String(Object(error).message))

export function unreachable(place: string, cause: unknown): Refusal {
  const { message, code } = Object(cause) as NodeJS.ErrnoException
  const asksFor = 'it asks for a password, as in redis://user:password@host'
  const why = /^NOAUTH/.test(message) ? asksFor : message || code || String(cause)
  return new Refusal('ERR_REDIS', `Redis at ${place} cannot be used: ${why}`, { cause })
}
