import type { Test } from 'tap'

const { PSILON_FUZZ_SECONDS: seconds, PSILON_FUZZ_RUNS: runs, PSILON_FUZZ_SEED: seed } = process.env

/**
 * Does the work for one seed after another: so many of them, always the same ones; PSILON_FUZZ_RUNS or PSILON_FUZZ_SECONDS
 * asks for more, from a seed that differs from run to run unless PSILON_FUZZ_SEED is given. Work that throws fails the
 * test, which says for which seed.
 */
export async function forSeeds(t: Test, usual: number, work: (seed: number) => Promise<void>): Promise<void> {
  const longer = seconds !== undefined || runs !== undefined
  const first = seed !== undefined ? Number(seed) : longer ? Date.now() % 2 ** 31 : 1
  const end = seconds === undefined ? Infinity : Date.now() + 1000 * Number(seconds)
  const count = seconds !== undefined ? Infinity : Number(runs ?? usual)
  let done = 0
  for (; done < count && Date.now() < end; done++) {
    try {
      await work(first + done)
    } catch (error) {
      t.fail(`PSILON_FUZZ_SEED=${first + done} PSILON_FUZZ_RUNS=1: ${(error as Error).stack}`)
      return
    }
  }
  t.pass(`${done} seeds from ${first} on`)
}
