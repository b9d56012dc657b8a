import { devices } from '../../machine/devices.js'
import { version } from '../../version.js'
import type { Trial } from '../trial.js'
import type { Link } from './connection.js'

/** What must be equal for a trial to give the same bits. */
export interface Identity {
  version: string
  instructionSet: string
}

/** A trial as a job, whose id is the key of the trial. */
export interface TrialJob extends Omit<Trial, 'key'> {
  /** Address of the data of its sweep. */
  data: string
}

/** Seconds that results, checkpoints and data stay without being asked for: a week. */
export const keptFor = 7 * 24 * 3600

/** Seconds that a sweep or a worker is known to be there without having said so again. */
export const knownFor = 60

export function ownIdentity(): Identity {
  const [{ instructionSet }] = devices()
  return { version, instructionSet: instructionSet as string }
}

/** Sweeps of one identity share a queue, which workers of this identity alone take trials from. */
export const nameOf = ({ version, instructionSet }: Identity): string => `${version}-${instructionSet}`

/** The names of all keys. Those of BullMQ begin with `queue`. */
export function keysOf({ prefix }: Pick<Link, 'prefix'>, identity: Identity) {
  const name = nameOf(identity)
  return {
    queue: `${prefix}:queue`,
    result: (key: string) => `${prefix}:result:${name}:${key}`,
    checkpoint: (key: string) => `${prefix}:checkpoint:${name}:${key}`,
    data: (address: string) => `${prefix}:data:${address}`,
    /** Names of all identities that ever had a sweep. */
    identities: `${prefix}:identities`,
    /** There while a sweep of this identity waits for trials. */
    sweeps: (name: string) => `${prefix}:sweeps:${name}`,
    /** There while a worker of this identity runs. */
    workers: `${prefix}:workers:${name}`,
  }
}

/** Why a worker does not take the trials of a sweep. */
export function difference(sweep: Identity, own: Identity): string {
  const does = `a sweep waits whose trials this worker does not take: it is of psilon ${sweep.version} with the instruction set ${sweep.instructionSet}, the worker of`
  const is = `psilon ${own.version} with ${own.instructionSet}`
  if (sweep.version !== own.version) return `${does} ${is}; install psilon@${sweep.version} here`
  return `${does} ${is}; start it with PSILON_INSTRUCTION_SET=${sweep.instructionSet}, where its processor has that`
}
