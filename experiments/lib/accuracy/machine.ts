import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import { devices, version } from 'psilon'
import type { Versions } from './peers.js'

/** What the figures of a run depend on. */
export function machine(threads: number, peers: Versions | null) {
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model.trim() ?? process.arch,
    cores: availableParallelism(),
    memory: totalmem(),
    system: `${type()} ${release()}, ${process.arch}`,
    instructionSet: devices().find(({ kind }) => kind === 'cpu')?.instructionSet ?? null,
    threads,
    versions: { psilon: version, 'Node.js': process.versions.node, ...peers },
  }
}
