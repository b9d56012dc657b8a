import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { previousOf, removeCheckpoint } from '../../checkpoint/checkpoint-file.js'
import type { CheckpointOptions } from '../../checkpoint/options.js'
import { option, Refusal, setting, words } from '../../errors/refusal.js'
import { fitOptions } from '../../fit/options.js'
import { checkOptions, pick } from '../../options/option.js'
import { checkOutput } from '../files/files.js'
import { addFlags, optionsOf } from '../flags/option-flags.js'
import { say } from '../terminal/output.js'

/** Flags of the checkpoint, as Commander parses them. */
export interface CheckpointFlags {
  checkpoint?: string
  checkpointEvery?: number
  resume?: boolean
}

const declared = pick(fitOptions, ['checkpoint'])

export function addCheckpointFlags(command: Command): Command {
  return addFlags(command, declared).option('--resume', 'Go on from the checkpoint, if there is one.')
}

/**
 * The checkpoint that the flags ask for, checked before the training.
 *
 * @throws Refusal ERR_OPTION for flags without a checkpoint, ERR_CHECKPOINT for one that would be overwritten.
 */
export async function checkpointOf(
  flags: CheckpointFlags & { out?: string },
  table: string,
): Promise<CheckpointOptions | undefined> {
  const { checkpoint } = optionsOf(flags, declared) as { checkpoint?: Partial<CheckpointOptions> }
  const { path, ...others } = checkpoint ?? {}
  if (path === undefined) {
    const given = flags.resume
      ? option('resume')
      : flags.checkpointEvery === undefined
        ? null
        : option('checkpointEvery')
    if (given === null) return undefined
    throw new Refusal('ERR_OPTION', words`${given} needs ${option('checkpoint')}, which is not given`)
  }
  checkOptions(declared, { checkpoint })
  const how = setting('checkpoint', path)
  if (flags.out !== undefined && resolve(path) === resolve(flags.out)) {
    throw new Refusal('ERR_OPTION', words`${how}, which is the model, expected another file`)
  }
  await checkOutput(how, path, { 'the table': table, 'the model': flags.out })
  const exists = (await isThere(path)) || (await isThere(previousOf(path)))
  if (exists && !flags.resume) {
    const remedy = words`say ${option('resume')} to go on from it, or remove it`
    throw new Refusal('ERR_CHECKPOINT', words`${path} is already there; ${remedy}`)
  }
  if (exists) say(`going on from ${path}`)
  return { path, ...others }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** The run needs it no more. */
export async function forget(checkpoint: CheckpointOptions | undefined): Promise<void> {
  if (checkpoint !== undefined) await removeCheckpoint(checkpoint.path)
}
