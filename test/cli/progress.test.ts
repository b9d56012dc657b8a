import { PassThrough } from 'node:stream'
import type { FitEvent } from 'psilon'
import t from 'tap'
import { showProgress } from '#psilon/cli/terminal/progress.js'
import { duration, figure } from '#psilon/print.js'

/** Events of fits with so many epochs each; those of the last fit up to `until`. */
async function* events(fits: number, epochs: number, until = epochs): AsyncGenerator<FitEvent> {
  for (let fit = 1; fit <= fits; fit++) {
    for (let epoch = 1; epoch <= (fit === fits ? until : epochs); epoch++) {
      const figures = {
        loss: 1 / epoch,
        objective: 0,
        learningRate: 0.1,
        alpha: 0,
        pathNorm: 12.345,
        seconds: epoch / 4,
      }
      const sparsity = { nearSparsity: 0.25, exactSparsity: fit === fits && epoch > epochs / 2 ? 0.5 : 0 }
      const progress = (fit - 1 + epoch / epochs) / fits
      const setting = { encoding: 'standard', hidden: 8, sparsity: null, lambda: fit / 100 } as const
      yield { ...figures, ...sparsity, ...setting, epoch, epochs, fit, fits, batches: 5, stage: 'fit', progress }
    }
  }
}

/** A clock that goes on by so much whenever it is read. */
function ticking(step: number): () => number {
  let now = 0
  return () => {
    now += step
    return now
  }
}

/** What is written to a stream that is no terminal, or is one of so many columns, in a run of a second for each event. */
async function written(run: AsyncIterable<FitEvent>, columns?: number, step = 1): Promise<string> {
  const stream = new PassThrough().setEncoding('utf8')
  if (columns !== undefined) Object.assign(stream, { isTTY: true, columns })
  await showProgress(run, { stream: stream as never, now: ticking(step) })
  return stream.read() ?? ''
}

const tenths = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => line.includes('%'))

t.test('without a terminal a line for each tenth of the work', async (t) => {
  const lines = tenths(await written(events(1, 200)))
  t.equal(lines.length, 10)
  lines.forEach((line, k) => {
    t.match(line, new RegExp(`^ ?${k === 9 ? '' : ' '}${10 * (k + 1)}%  \\d.*  epoch ${20 * (k + 1)}/200$`))
    t.match(line, `  loss ${figure(1 / (20 * (k + 1)))}  `)
    t.match(
      line,
      k < 5 ? '  path norm 12.35  sparsity 0.25  20 steps/s  ' : '  path norm 12.35  zeros 0.50  20 steps/s  ',
    )
    t.match(line, k < 9 ? `%  ${duration(200 - 20 * (k + 1))} left  ` : '100%  3 min 20 s  ')
  })
})

t.test('the tenths are those of all fits together', async (t) => {
  const lines = tenths(await written(events(4, 100)))
  t.equal(lines.length, 10)
  t.match(lines[3], /^ 40% .* {2}fit 2\/4 {2}lambda 0.02 {2}epoch 60\/100$/)
  t.match(lines[9], /^100% .* {2}fit 4\/4 {2}lambda 0.04 {2}epoch 100\/100$/)
})

t.test('of several fits under way, the one that began last is shown', async (t) => {
  async function* interleaved(): AsyncGenerator<FitEvent> {
    const [first, second] = [events(1, 100), events(2, 100)]
    for (let k = 0; k < 100; k++) await second.next()
    for await (const event of first) {
      const next = (await second.next()).value as FitEvent
      yield { ...event, fits: 2, progress: (event.epoch - 0.5) / 100 }
      yield { ...next, progress: event.epoch / 100 }
      // the first one is a little behind
      yield { ...event, fits: 2, loss: 123, progress: event.epoch / 100 }
    }
  }
  const lines = tenths(await written(interleaved()))
  t.equal(lines.length, 10)
  lines.forEach((line, k) => {
    t.match(
      line,
      new RegExp(`${10 * (k + 1)}%  .*  loss ${figure(1 / (10 * (k + 1)))}  .*  fit 2/2  lambda 0.02  epoch`),
    )
    t.match(line, new RegExp(` epoch ${10 * (k + 1)}/100$`))
  })
})

t.test('fewer epochs than tenths give a line each', async (t) => {
  const lines = (await written(events(1, 3))).trimEnd().split('\n')
  t.strictSame(
    lines.map((line) => line.slice(0, 4)),
    [' 30%', ' 60%', '100%'],
  )
})

t.test('a run that ends early writes no more', async (t) => {
  t.equal(tenths(await written(events(1, 100, 35))).length, 3)
})

t.test('on a terminal a bar that stays within its width', async (t) => {
  for (const columns of [60, 80, 140]) {
    const text = await written(events(2, 50), columns)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences
    const lines = text.replace(/\x1b[78]|\x1b\[\d?K|\n/g, '').split(/\x1b\[1G/)
    const last = lines.at(-1) as string
    t.match(last, /^=+ 100% {2}.* {2}loss 0.0200 {2}path norm 12.3/)
    if (columns > 60) t.match(last, ' zeros 0.50')
    if (columns === 140) t.match(last, / {2}\d+ steps\/s {2}fit 2\/2 {2}lambda 0.02/)
    t.ok(lines.every((line) => line.length <= columns))
    t.equal(text.at(-1), '\n')
  }
})

t.test('how long it will last is said once, where that is long, and at first that it is not known', async (t) => {
  const text = await written(events(1, 200), undefined, 60)
  t.equal(text.match(/in all/g)?.length, 1)
  t.match(text, /^about 3 h \d+ min in all\n/)
  t.notMatch(await written(events(1, 200), undefined, 0.01), 'in all')
  t.match(await written(events(1, 3)), /^ 30% {2}estimating {2}loss/)
})

t.test('on a narrow terminal what has no room is left out', async (t) => {
  for (const columns of [20, 1]) {
    const text = await written(events(1, 50), columns)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences
    const lines = text.replace(/\x1b[78]|\x1b\[\d?K|\n/g, '').split(/\x1b\[1G/)
    t.ok(lines.every((line) => line.length <= columns))
    if (columns === 20) t.match(lines.at(-1), /^==== 100% {2}5\d s$/)
  }
})

t.test('what ends the run is thrown, and the bar is put away', async (t) => {
  async function* failing() {
    yield* events(1, 100, 30)
    throw new Error('no more')
  }
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 })
  await t.rejects(showProgress(failing(), { stream: stream as never }), { message: 'no more' })
  t.equal(String(stream.read()).at(-1), '\n')
})

t.test('signals have their turn while many epochs wait to be shown', async (t) => {
  let turns = 0
  const turn = setInterval(() => turns++, 1)
  const stream = new PassThrough().setEncoding('utf8')
  const before = turns
  await showProgress(events(1, 300_000), { stream: stream as never })
  clearInterval(turn)
  t.ok(turns > before, 'events that are all there already do not keep the process from all else')
})
