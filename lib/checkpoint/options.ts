import { number, text } from '../options/kinds.js'
import type { Declarations, Values } from '../options/option.js'

/** Where a run writes what it needs to go on after its process has been killed. */
export interface CheckpointOptions {
  /** File of the checkpoint; beside it `<path>.previous` is the one before. */
  path: string
  /** Least seconds between two checkpoints; each is taken at the end of an epoch. At least 0. Default 30. */
  everySeconds?: number | undefined
}

export const checkpointOptions = {
  path: {
    kind: text,
    required: true,
    sentence: 'File of the checkpoint; beside it `<path>.previous` is the one before.',
    flag: {
      usage: '--checkpoint <file>',
      sentence: 'File from which a run that was killed can go on; it is removed when the model has been written.',
    },
  },
  everySeconds: {
    kind: number({ from: 0 }),
    default: 30,
    sentence: 'Least seconds between two checkpoints; each is taken at the end of an epoch.',
    flag: '--checkpoint-every <seconds>',
  },
} satisfies Declarations<CheckpointOptions>

export type CheckedCheckpoint = Values<typeof checkpointOptions>
