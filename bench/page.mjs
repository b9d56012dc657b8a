/**
 * The page docs/benchmarks.md, made from the figures of one run and from nothing else; those of a GPU are from one of
 * `npm run gpu-check`.
 */

import { number, table } from './markdown.mjs'
import { gpuSection } from './page/gpu.mjs'
import { inferenceSection } from './page/inference.mjs'
import { kernelsSection } from './page/kernels.mjs'
import { targetTable } from './page/target-table.mjs'
import { trainingSection } from './page/training.mjs'
import { versusSection } from './page/versus.mjs'
import { targets } from './targets.mjs'

const sections = {
  kernels: kernelsSection,
  training: trainingSection,
  inference: inferenceSection,
  versus: versusSection,
}

/** @param {any} results @param {any} [gpuCheck] @returns {string} Markdown */
export function page({ machine, quick, suites }, gpuCheck) {
  const parts = [
    head(machine, { ...machine.versions, ...suites.versus?.versions }),
    quick
      ? '**A quick run with small networks, which only shows that everything runs: these figures say nothing.**\n'
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

All of this was measured in one run of \`npm run bench\` on one machine; nothing is taken from elsewhere. [bench/](../bench)
says how, [benchmarks.json](benchmarks.json) has all medians and quartiles. Times are medians after a warm-up; the middle
half is the range between the quartiles. What is compared takes turns. GFLOP count a multiply-add as two.

${table({ '': ([name]) => name, ' ': ([, fact]) => fact }, Object.entries(facts))}`
}

function targetSection(suites) {
  const all = targets(suites)
  if (all.length === 0) return ''
  return `## Targets

What psilon aims at, beside what this run measured. One core is a run with one thread.

${targetTable(all)}`
}
