import type { Command } from 'commander'
import { Caller } from '../../errors/caller.js'
import { TrainingRun } from '../../fit/run.js'
import { checkThreads } from '../../fit/settings.js'
import { checkOptions, omit } from '../../options/option.js'
import { count, duration } from '../../print.js'
import { ownIdentity } from '../../sweep/redis/queue.js'
import { runWorker, sweepWorkerOptions, type WorkerSummary } from '../../sweep/redis/sweep-worker.js'
import { readUrl } from '../../sweep/redis/url.js'
import type { TrialResult } from '../../sweep/run-trial.js'
import { version } from '../../version.js'
import { addFlags, optionsOf } from '../flags/option-flags.js'
import { onInterrupt } from '../terminal/interrupt.js'
import { printDocument, say } from '../terminal/output.js'

const help = `
Ctrl-C ends it; the trials that run go on elsewhere.

Example:
  psilon worker --redis rediss://:password@queue.example:6380 --threads 8`

interface WorkerFlags {
  json?: boolean
  quiet?: boolean
}

export function addTo(program: Command): void {
  const command = program
    .command('worker')
    .summary('run trials of sweeps on this machine')
    .description('Take trials of sweeps from a Redis and run them, until it is stopped.')
  addFlags(command, sweepWorkerOptions)
    .option('--json', 'Print one JSON document at the end.')
    .option('--quiet', 'Print only what goes wrong.')
    .addHelpText('after', help)
    .action(worker)
}

async function worker(flags: WorkerFlags): Promise<void> {
  const { json = false, quiet = json } = flags
  const declared = omit(sweepWorkerOptions, ['signal'])
  const options = checkOptions(declared, optionsOf(flags, declared))
  const { place } = readUrl(options.redis)
  const running = new TrainingRun<TrialResult, WorkerSummary>((control) => runWorker(options, control, say), {
    operation: 'worker',
    caller: new Caller(worker),
  })
  const interrupt = onInterrupt(() => running.cancel())
  try {
    const { instructionSet } = ownIdentity()
    const threads = count(checkThreads(options.threads), 'thread')
    if (!quiet) say(`takes trials from Redis at ${place}: psilon ${version}, ${instructionSet}, ${threads}`)
    if (!quiet) await showTrials(running)
    const { trials } = await running
    if (json) printDocument({ command: 'worker', version, instructionSet, trials })
    else if (!quiet) say(`${count(trials, 'trial')} finished`)
  } finally {
    interrupt.release()
  }
}

async function showTrials(running: TrainingRun<TrialResult, WorkerSummary>): Promise<void> {
  for await (const { key, fold, seed, measured, error } of running) {
    const end = measured === null ? `failed: ${error?.message}` : `took ${duration(measured.seconds)}`
    say(`trial ${key.slice(0, 8)}, fold ${fold}, seed ${seed} ${end}`)
  }
}
