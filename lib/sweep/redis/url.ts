import { option, Refusal, type Words, words } from '../../errors/refusal.js'

/** Where Redis is, and who asks. */
export interface RedisUrl {
  host: string
  port: number
  username: string | undefined
  password: string | undefined
  /** Number of the database. */
  database: number
  tls: boolean
  /** Begins the name of every key. */
  prefix: string
  /** Host and port, without secrets, for messages. */
  place: string
}

/**
 * `redis://user:password@host:6379/0?prefix=psilon`; `rediss://` is TLS. All but the host may be left out.
 *
 * @throws Refusal ERR_OPTION, which does not repeat the URL: it may have a password.
 */
export function readUrl(text: string): RedisUrl {
  const url = URL.canParse(text) ? new URL(text) : refuseUrl('something else')
  if (!['redis:', 'rediss:'].includes(url.protocol)) refuseUrl(`one that begins with ${url.protocol}`)
  if (url.hostname === '') refuseUrl('one without a host')
  const database = /^\/?(\d*)$/.exec(url.pathname)
  if (database === null) refuseUrl('one whose path is not the number of a database')
  const { prefix = 'psilon', ...others } = Object.fromEntries(url.searchParams)
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) refuseUrl(`one with the parameter ${unknown}, expected at most prefix`)
  if (!/^[\w.{}-]+$/.test(prefix)) refuseUrl('one whose prefix has other characters than letters, digits and _ . - { }')
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = url.port === '' ? 6379 : Number(url.port)
  return {
    ...{ host, port, prefix, place: `${url.hostname}:${port}` },
    username: secret(url.username),
    password: secret(url.password),
    database: Number(database[1]),
    tls: url.protocol === 'rediss:',
  }
}

function secret(text: string): string | undefined {
  try {
    return text === '' ? undefined : decodeURIComponent(text)
  } catch {
    return refuseUrl('one whose user or password has a % that is not written as %25')
  }
}

function refuseUrl(came: string | Words): never {
  const expected = 'a URL such as redis://host:6379 or rediss://user:password@host:6380/0?prefix=psilon'
  throw new Refusal('ERR_OPTION', words`${option('redis')} must be ${expected}, got ${came}`, {
    details: { option: 'redis' },
  })
}
