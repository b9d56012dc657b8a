/**
 * The page docs/benchmarks.md, made only from the figures of one run; those of a GPU come from a run of
 * `npm run gpu-check`.
 */

import { number, table } from './markdown.mjs'
import { gpuSection } from './page/gpu.mjs'
import { inferenceSection } from './page/inference.mjs'
import { kernelsSection } from './page/kernels.mjs'
import { presetsSection } from './page/presets.mjs'
import { rowsSection } from './page/rows.mjs'
import { smallSection } from './page/small.mjs'
import { targetTable } from './page/target-table.mjs'
import { trainingSection } from './page/training.mjs'
import { versusSection } from './page/versus.mjs'
import { targets } from './targets.mjs'

const sections = {
  kernels: kernelsSection,
  training: trainingSection,
  small: smallSection,
  presets: presetsSection,
  inference: inferenceSection,
  rows: rowsSection,
  versus: versusSection,
}

/** @param {any} results @param {any} [gpuCheck] @returns {string} Markdown */
export function page({ machine, quick, suites }, gpuCheck) {
  const parts = [
    head(machine, {
      ...machine.versions,
      ...suites.small?.versions,
      ...suites.presets?.versions,
      ...suites.versus?.versions,
    }),
    quick
      ? '**A quick run with small networks. It only shows that everything runs: these figures say nothing.**\n'
      : '',
    targetSection(suites),
    ...Object.entries(suites).map(([name, results]) => sections[name](results, suites)),
    gpuSection(gpuCheck),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

function head({ date, processor, cores, memory, system, instructionSet, threads }, versions) {
  const facts = {
    date,
    processor: `${processor}, ${cores} cores, ${number(memory / 2 ** 30)} GiB`,
    'instruction set': instructionSet ?? '-',
    'threads compared': threads.join(', '),
    system,
    versions: Object.entries(versions)
      .map((pair) => pair.join(' '))
      .join('; '),
  }
  return `# Benchmarks

One run of \`npm run bench\` on one machine measured all figures on this page, except those of a GPU. [bench/](../bench)
says how; [benchmarks.json](benchmarks.json) has all medians and quartiles. Times are medians after a warm-up; the
middle half is the range between the quartiles. Jobs that are compared take turns. GFLOP count a multiply-add as two.

${table({ '': ([name]) => name, ' ': ([, fact]) => fact }, Object.entries(facts))}`
}

function targetSection(suites) {
  const all = targets(suites)
  if (all.length === 0) return ''
  return `## Targets

psilon's targets, beside the figures of this run. One core means a run with one thread.

${targetTable(all)}`
}
