import { cpus, freemem, totalmem } from 'node:os'
import type { Command } from 'commander'
import { devices } from '../../machine/devices.js'
import { processors } from '../../machine/processors.js'
import { facts, size } from '../../print.js'
import { version } from '../../version.js'
import { printDocument, printLines } from '../terminal/output.js'

export function addTo(program: Command): void {
  program
    .command('doctor')
    .summary('print what psilon can use on this machine')
    .description('Print what psilon can use on this machine, and why it cannot use the rest.')
    .option('--json', 'Print one JSON document.')
    .action(({ json = false }: { json?: boolean }) => {
      const machine = examine()
      if (json) printDocument({ command: 'doctor', ...machine })
      else printLines(machineLines(machine))
    })
}

function examine() {
  const total = Math.min(process.constrainedMemory() || Infinity, totalmem())
  return {
    version,
    node: process.version,
    platform: process.platform,
    arch: process.arch,
    processor: cpus()[0]?.model ?? 'unknown',
    threads: processors(),
    memory: { total, free: Math.min(freemem(), total) },
    devices: devices(),
  }
}

function machineLines({ memory, devices, ...machine }: ReturnType<typeof examine>) {
  return facts([
    ['psilon', machine.version],
    ['Node.js', `${machine.node} on ${machine.platform} ${machine.arch}`],
    ['processor', machine.processor],
    ['threads', String(machine.threads)],
    ['memory', `${size(memory.total)}, of which ${size(memory.free)} is free`],
    ...devices.map(({ name, description, instructionSets, available, reason }) => {
      const sets = instructionSets.length > 0 ? `, of ${instructionSets.join(', ')}` : ''
      return [name, available ? description + sets : `cannot be used: ${reason}`] as const
    }),
  ])
}
