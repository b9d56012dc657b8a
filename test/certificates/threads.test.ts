import t from 'tap'
import type { NativeQuestions } from '#psilon/core/native.js'
import { native } from '../addon/native.mjs'
import { drawNetwork, generator, meanOf } from '../support/core.js'
import { instructionSets } from '../support/instruction-sets.mjs'

t.test('answers about boxes have the same bits for any number of threads, at every instruction set', async (t) => {
  const before = process.env.PSILON_INSTRUCTION_SET
  for (const kind of ['mlp', 'resnet'] as const) {
    const next = generator(2)
    const rows = 23
    const lower = Float64Array.from({ length: 3 * rows }, () => next())
    const box = { rows, lower, upper: lower.map((value) => value + 0.3 + 0.2 * next()) }
    const nodes = new Float64Array(rows).fill(40)
    const asked = { ...box, classes: new Float64Array(rows).fill(1), objectives: null, bound: 'tight', nodes } as const
    const ends = { above: Infinity, below: -Infinity, tolerance: 1e-6 }
    const found = new Map<string, unknown>()
    for (const set of instructionSets)
      for (const threads of [1, 2, 7])
        for (const level of ['global', 'local', 'linear', 'exact'] as const) {
          process.env.PSILON_INSTRUCTION_SET = set
          const network = drawNetwork({ kind, outputs: 3, depth: 3, width: 8 })
          const questions: NativeQuestions = { ...asked, ...ends, level }
          const answers = await native.answer(meanOf([network]), questions, threads)
          if (!found.has(level)) found.set(level, answers)
          t.strictSame(answers, found.get(level), `${kind} ${set} ${level}, ${threads} threads`)
        }
  }
  if (before === undefined) delete process.env.PSILON_INSTRUCTION_SET
  else process.env.PSILON_INSTRUCTION_SET = before
})
