/** What the steps of the check found, as fields. */

import { version } from 'psilon'
import { comparisons, gpuTargets } from '../../bench/gpu-targets.mjs'
import { isMet } from '../../bench/targets.mjs'

/** @typedef {import('./run-step.mjs').StepResult} StepResult */

/**
 * @param {string[]} names of all steps
 * @param {Record<string, StepResult>} steps those that have ended
 */
export function reportOf(names, steps) {
  const of = (name) => steps[name]?.results ?? []
  const ended = Object.entries(steps)
  const leftOut = ended.flatMap(([name, step]) => (step.leftOut === null ? [] : [`${name}: ${step.leftOut}`]))
  const failed = ended.flatMap(([name, step]) => (step.failure === null ? [] : [`${name}: ${step.failure}`]))
  const [device] = of('facts of the device')
  const times = [...of('time of a step'), ...of('time of a step in PyTorch')]
  const compared = comparisons(times, device?.peakFloat32)
  return {
    date: new Date().toISOString().slice(0, 10),
    passed: failed.length === 0,
    /** Whether every step was done. */
    complete: leftOut.length === 0 && names.every((name) => steps[name] !== undefined),
    failed,
    leftOut,
    device: device ?? null,
    versions: versionsOf(steps, times),
    times,
    comparisons: compared,
    targets: gpuTargets(compared).map((target) => ({ ...target, met: isMet(target) })),
    trajectories: of('trajectories'),
    steps,
  }
}

/** null of what is not known. */
function versionsOf(steps, times) {
  const [device] = steps['facts of the device']?.results ?? []
  const torch = times.find(({ library }) => library === 'PyTorch')?.versions
  return {
    psilon: version,
    'Node.js': process.versions.node,
    driver: steps.driver?.passed ? steps.driver.output.split('\n')[0] : null,
    'CUDA of the driver': device?.driverCuda ?? null,
    'CUDA runtime': device?.runtimeCuda ?? null,
    PyTorch: torch?.torch ?? null,
    "PyTorch's CUDA": torch?.cuda ?? null,
  }
}
