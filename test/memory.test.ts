import t from 'tap'
import { availableMemory, type MemorySystem } from '#psilon/machine/memory.js'

const GB = 2 ** 30
const fails = (): number => {
  throw new Error('ENOENT: no such file or directory, uv_resident_set_memory')
}
const system = (given: Partial<Record<keyof MemorySystem, number | (() => number)>>): MemorySystem => {
  const answers = { total: 16 * GB, free: 10 * GB, limit: 2 ** 64, used: GB, ...given }
  const asked = Object.entries(answers).map(([name, answer]) => [
    name,
    typeof answer === 'number' ? () => answer : answer,
  ])
  return Object.fromEntries(asked)
}

t.test('what a process can take is what is free, within the limit of its control group', async (t) => {
  t.equal(availableMemory(system({})), 10 * GB)
  t.equal(availableMemory(system({ limit: 4 * GB })), 3 * GB)
  t.equal(availableMemory(system({ free: 20 * GB })), 15 * GB)
})

t.test('what the system does not know, or cannot be, limits nothing', async (t) => {
  t.equal(availableMemory(system({ used: fails })), 10 * GB)
  t.equal(availableMemory(system({ limit: fails })), 10 * GB)
  t.equal(availableMemory(system({ free: fails })), 15 * GB)
  for (const odd of [0, Number.NaN, -1, Infinity]) {
    t.equal(availableMemory(system({ limit: odd })), 10 * GB)
    t.equal(availableMemory(system({ free: odd })), 15 * GB)
    t.equal(availableMemory(system({ used: odd === Infinity ? 0 : odd, free: 99 * GB })), 16 * GB)
    t.equal(availableMemory(system({ total: odd })), 10 * GB)
  }
  t.equal(availableMemory(system({ limit: 4096 })), 0, 'a limit below what is used')
  t.equal(availableMemory({ total: fails, free: fails, limit: fails, used: fails }), Infinity)
})

t.test('of this machine', async (t) => {
  t.ok(availableMemory() > 0)
})
