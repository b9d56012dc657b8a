/**
 * What the figures of a run should be, beside what they are.
 *
 * @typedef {object} Target
 * @property {string} what
 * @property {number} target
 * @property {'at least' | 'at most'} bound
 * @property {number} measured
 * @property {'%' | ''} unit
 */

export const atLeast = (what, target, measured, unit = '') => ({ what, target, bound: 'at least', measured, unit })
export const atMost = (what, target, measured, unit = '') => ({ what, target, bound: 'at most', measured, unit })

export function isMet({ bound, target, measured }) {
  return bound === 'at least' ? measured >= target : measured <= target
}

const cores = (threads) => (threads === 1 ? 'one core' : `${threads} cores`)

/** The worst of the wide products. */
function kernelTargets({ peak = [], products = [] } = {}) {
  return peak.map(({ dtype, threads }) => {
    const shares = products.filter((each) => each.wide && each.dtype === dtype && each.threads === threads)
    const worst = Math.min(...shares.map(({ share }) => share))
    return atLeast(`wide products, the slowest, ${dtype}, ${cores(threads)}: share of the peak`, 0.85, worst, '%')
  })
}

/** @param {any} results */
function trainingTargets({ steps = [], pruning = [], lambdas = {}, memory = [] } = {}) {
  const targets = steps.map(({ job, threads, multiple }) =>
    atMost(`${job} step, ${cores(threads)}: multiple of its products at 0.9 of the peak`, 1.3, multiple),
  )
  for (const { job, threads, phase, ratio } of pruning) {
    const name = phase === 'blending' ? 'blending' : 'on the support'
    targets.push(atMost(`${job} epoch ${name}, ${cores(threads)}: multiple of a plain one`, 1.3, ratio))
  }
  if (lambdas.ratio !== undefined) {
    const { threads, ratio, gain } = lambdas
    const count = lambdas.lambdas
    targets.push(
      atMost(`${count} lambdas at once, ${cores(threads)}: multiple of one on one core`, lambdaLimit(lambdas), ratio),
    )
    targets.push(atLeast(`${count} lambdas one after the other, ${cores(threads)}: multiple of at once`, 1, gain))
  }
  if (memory.length > 0) {
    targets.push(
      atMost('memory of a fit, the worst: multiple of what was expected', 1.2, Math.max(...memory.map((m) => m.ratio))),
    )
  }
  return targets
}

/** 7.2 for thirteen on two cores: a ninth above perfect sharing. */
function lambdaLimit({ lambdas, threads }) {
  return Number(((7.2 / 6.5) * (lambdas / threads)).toFixed(1))
}

const stepTargets = {
  tabular: { PyTorch: 3, 'PyTorch, OpenBLAS on OpenMP': 3, 'TensorFlow.js (wasm)': 60 },
  deep: { PyTorch: 4.5, 'PyTorch, OpenBLAS on OpenMP': 4.5 },
}

function smallTargets({ steps = [], lambdas } = /** @type {any} */ ({})) {
  const [{ share, ratio }] = steps.length > 0 ? steps : [{}]
  const targets = []
  if (share !== undefined) targets.push(atLeast('small step, one core: share of the peak', 0.5, share, '%'))
  if (ratio !== undefined) targets.push(atLeast('small step, one core: PyTorch, multiple of our time', 30, ratio))
  if (lambdas?.ratio !== undefined) {
    const what = `${lambdas.lambdas} lambdas of the small job at once, ${cores(lambdas.threads)}: multiple of one on one core`
    targets.push(atMost(what, 6.8, lambdas.ratio))
  }
  return targets
}

/** A whole fit of a preset: what it may take, and on how many threads. */
const presetTargets = [
  { preset: 'fast', rows: 2000, threads: 1, time: 'processor', most: 1.5 },
  { preset: 'balanced', rows: 2000, threads: 1, time: 'processor', most: 30 },
  { preset: 'balanced', rows: 20_000, threads: 2, time: 'wall', most: 180 },
  { preset: 'best', rows: 2000, threads: 2, time: 'wall', most: 600 },
]

function presetsTargets({ fits = [] } = {}) {
  const find = (name, size, count) =>
    fits.find(({ model, rows, threads }) => model === name && rows === size && threads === count)
  const targets = presetTargets.flatMap(({ preset, rows, threads, time, most }) => {
    const fit = find(preset, rows, threads)
    const what = `'${preset}', ${rows.toLocaleString('en')} rows, ${cores(threads)}: ${time} seconds`
    return fit === undefined ? [] : [atMost(what, most, fit[time].median)]
  })
  const [ours, theirs] = [find('balanced', 2000, 1), find('XGBoost', 2000, 1)]
  if (ours === undefined || theirs === undefined) return targets
  const what = "'balanced', 2,000 rows, one core: XGBoost's search, multiple of our processor time"
  return [...targets, atLeast(what, 1, theirs.processor.median / ours.processor.median)]
}

function versusTargets({ training = [], inference = [] } = {}) {
  const targets = training.flatMap(({ job, ratios }) =>
    ratios.map(({ peer, ratio }) =>
      atLeast(`${job} step: ${peer}, multiple of our time`, stepTargets[job][peer], ratio),
    ),
  )
  for (const { job, density, units, rows, ratio } of inference) {
    const network = density === 1 ? 'dense' : `${100 - 100 * density} % zeros, ${units} units`
    const many = `${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'}`
    const what = `${job} prediction, ${network}, ${many}: ONNX Runtime, multiple of our time`
    targets.push(atLeast(what, density === 1 ? 0.95 : 4, ratio))
  }
  return targets
}

/** @returns {Target[]} */
export function targets({ kernels, training, small, presets, versus }) {
  return [
    ...kernelTargets(kernels),
    ...trainingTargets(training),
    ...smallTargets(small),
    ...presetsTargets(presets),
    ...versusTargets(versus),
  ]
}
