import { native } from '#psilon/core/native.js'

/** Those of this processor, lowest first. */
export const instructionSets = native.devices().flatMap((device) => device.instructionSets)

/**
 * Calls `use` at every instruction set of this processor.
 *
 * @param {(level: string) => void} use
 */
export function atEveryLevel(use) {
  const { PSILON_INSTRUCTION_SET: before } = process.env
  try {
    for (const level of instructionSets) {
      process.env.PSILON_INSTRUCTION_SET = level
      use(level)
    }
  } finally {
    if (before === undefined) delete process.env.PSILON_INSTRUCTION_SET
    else process.env.PSILON_INSTRUCTION_SET = before
  }
}
