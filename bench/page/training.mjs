import { gflops, megabytes, milliseconds, number, roundTrip, spread, table } from '../markdown.mjs'

const columns = {
  job: ({ job }) => job,
  threads: ({ threads }) => String(threads),
}

function stepTable(steps) {
  return table(
    {
      ...columns,
      'ms a step': ({ seconds }) => milliseconds(seconds.median),
      'middle half': ({ seconds }) => spread(seconds),
      GFLOP: ({ flop }) => number(flop / 1e9),
      'GFLOP/s': ({ flop, seconds }) => gflops(flop / seconds.median),
      'peak beside, GFLOP/s': ({ peak }) => gflops(peak.median),
      'peak alone, GFLOP/s': ({ alone }) => gflops(alone.median),
      'multiple of the products': ({ multiple }) => number(multiple),
      'round trip, ns': roundTrip,
    },
    steps,
  )
}

function pruningTable(pruning) {
  return table(
    {
      ...columns,
      'batches an epoch': ({ batches }) => String(batches),
      epoch: ({ phase }) => (phase === 'blending' ? 'blending' : 'on the support'),
      'ms an epoch': ({ seconds }) => milliseconds(seconds.median),
      'a plain one, ms': ({ plain }) => milliseconds(plain.median),
      multiple: ({ ratio }) => number(ratio),
    },
    pruning,
  )
}

export function lambdaTable(result) {
  if (result.skipped !== undefined) return `Not measured: ${result.skipped}.\n`
  const { lambdas, threads, one } = result
  const rows = [
    { what: 'one network, 1 thread', seconds: one },
    { what: `${lambdas} networks, one after the other, ${threads} threads`, seconds: result.sequential },
    { what: `${lambdas} networks at once with fitMany, ${threads} threads`, seconds: result.together },
  ]
  return table(
    {
      '': ({ what }) => what,
      s: ({ seconds }) => number(seconds.median),
      'middle half': ({ seconds }) => spread(seconds, number),
      'multiple of one network': ({ seconds }) => number(seconds.median / one.median),
    },
    rows,
  )
}

const along = { batch: 'rows in a batch', hidden: 'units in a layer', depth: 'hidden layers' }

function growthTables(growth) {
  return Object.entries(along).map(([name, title]) =>
    table(
      {
        [title]: ({ value }) => value.toLocaleString('en'),
        threads: ({ threads }) => String(threads),
        'ms a step': ({ seconds }) => milliseconds(seconds.median),
        'middle half': ({ seconds }) => spread(seconds),
        GFLOP: ({ flop }) => number(flop / 1e9),
        'GFLOP/s': ({ flops }) => gflops(flops),
        'round trip, ns': roundTrip,
      },
      growth.filter((each) => each.along === name),
    ),
  )
}

function memoryTable(memory) {
  if (memory.skipped !== undefined) return `Not measured: ${memory.skipped}.\n`
  return table(
    {
      job: ({ job, pruned }) => (pruned ? `${job}, pruned` : job),
      batch: ({ batch }) => String(batch),
      units: ({ hidden }) => String(hidden),
      layers: ({ depth }) => String(depth),
      threads: ({ threads }) => String(threads),
      'measured, MB': ({ peak }) => megabytes(peak),
      'expected, MB': ({ expected, formula }) => megabytes(expected ?? formula), // the name in older runs
      multiple: ({ ratio }) => number(ratio),
      'process, MB': ({ process }) => megabytes(process),
    },
    memory,
  )
}

/** @returns {string} Markdown */
export function trainingSection({ steps, pruning, lambdas, growth, memory }) {
  return `## Training

There are two jobs: *tabular*, 12 inputs, 3 layers of 500, one output, mean squared error, batches of 400; and *deep*,
784 inputs, a residual network of 10 layers of 500, 10 classes, batches of 200; all in float32. A step is everything
that a batch needs: the forward and backward pass, the regularizer, Adam. Its GFLOP are those of its products
([performance.md](performance.md)). They include multiply-adds with zeros, which are
[skipped](architecture.md#skipping-zeros) where that is faster. The multiple of the products is the time of a step
divided by the time of its products at nine tenths of the peak beside products. That peak is measured before and after
each fit (see Products of matrices).

The round trip is the time in which a cache line goes from one thread to another and back, measured before each fit. If
it is long, for example because the host of a virtual machine has moved its processors to cores without a common cache,
a step on two threads takes longer, although the peak does not change ([performance.md](performance.md#measuring)).

${stepTable(steps)}
### Pruning

These are times of whole epochs, with the figures that an epoch reports: while weights are blended with their projection
(alpha between 0 and 1), and on the remaining support, a tenth of the weights. Plain epochs, of the same network without
pruning, take turns with them.

${pruningTable(pruning)}
### A path of lambdas

The tabular job is trained with each of ${lambdas.lambdas ?? 'some'} lambdas. Times are those of all together.

${lambdaTable(lambdas)}
### As the work grows

The tabular job changes in one size at a time. GFLOP are those of a step's products, including skipped zeros. The deeper
a network, the more of its activations and gradients are 0, so GFLOP/s grow with depth, beyond the peak.

${growthTables(growth).join('\n')}
### Memory

The table compares the peak number of bytes that the core held during a fit with the number that psilon expected before the
fit began ([devices-and-threads.md](devices-and-threads.md#memory)), and by which it would have refused it. Beside them is the
peak resident memory of the whole process: Node.js, the networks and tables of the benchmark, and what earlier parts of
the run have left behind.

${memoryTable(memory)}`
}
