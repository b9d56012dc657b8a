import { native } from '#psilon/native.js'

/** Those of this processor, lowest first. */
export const instructionSets = native.devices().flatMap((device) => device.instructionSets)

/** Calls `use` at every instruction set of this processor. */
export function atEveryLevel(use: (level: string) => void): void {
  const { PSILON_INSTRUCTION_SET: before = '' } = process.env
  try {
    for (const level of instructionSets) {
      process.env.PSILON_INSTRUCTION_SET = level
      use(level)
    }
  } finally {
    process.env.PSILON_INSTRUCTION_SET = before
  }
}
