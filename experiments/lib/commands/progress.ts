import { SingleBar } from 'cli-progress'
import type { Progress } from '../cells/run-cells.js'
import { duration } from '../text.js'
import { say } from './output.js'

export interface Display {
  show(progress: Progress): void
  end(): void
}

/** Shows on stderr how far an experiment is: a bar on a terminal, elsewhere a line for each tenth. */
export function progressDisplay(): Display {
  const begin = performance.now()
  const { show, end } = process.stderr.isTTY ? bar() : lines()
  return { show: (progress) => show(progress.done, textOf(progress, (performance.now() - begin) / 1000)), end }
}

function bar() {
  const bar = new SingleBar({ format: '{bar} {percentage}%  {text}', stream: process.stderr, barsize: 20 })
  bar.start(1, 0, { text: '' })
  return { show: (done: number, text: string) => bar.update(done, { text }), end: () => bar.stop() }
}

function lines() {
  let shown = 0
  return {
    show(done: number, text: string) {
      const tenths = Math.floor(10 * done + 1e-9)
      if (tenths > shown) say(`${`${10 * tenths}%`.padStart(4)}  ${text}`)
      shown = tenths
    },
    end() {},
  }
}

/** `3 min 05 s left  12/54 fits  two psilon lambda 0.001 seed 1` */
function textOf({ cell, finished, cells, done, before }: Progress, elapsed: number): string {
  const left = (elapsed * (1 - done)) / (done - before)
  const time = done === 1 ? duration(elapsed) : Number.isFinite(left) ? `${duration(left)} left` : 'estimating'
  return `${time}  ${finished}/${cells} fits  ${cell}`
}
