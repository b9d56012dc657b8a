import { SingleBar } from 'cli-progress'

/** Shows how far work is: a bar on a terminal, elsewhere a line for each tenth. */
export interface Display {
  /** @param progress 0 to 1. @param text what stands behind it; a bar has less room for it than a line. */
  show(progress: number, text: (place: 'bar' | 'line') => readonly string[]): void
  end(): void
}

/** Columns for what stands behind the bar; where the terminal has fewer, the line is cut. */
const textWidth = 72

export const displayOn = (stream: NodeJS.WriteStream): Display => (stream.isTTY ? barOn(stream) : linesOn(stream))

function barOn(stream: NodeJS.WriteStream): Display {
  const barsize = Math.max(8, Math.min(32, (stream.columns ?? 80) - textWidth))
  // the terminal's own line wrapping is left as it is
  const bar = new SingleBar({ format: '{bar} {percentage}%  {text}', stream, barsize, linewrap: true })
  bar.start(1, 0, { text: 'starting' })
  return {
    show: (progress, text) => bar.update(progress, { text: text('bar').join('  ') }),
    end: () => bar.stop(),
  }
}

function linesOn(stream: NodeJS.WriteStream): Display {
  let shown = 0
  return {
    show(progress, text) {
      const tenths = Math.floor(10 * progress + 1e-9)
      if (tenths === shown) return
      shown = tenths
      stream.write(`${[`${10 * tenths}%`.padStart(4), ...text('line')].join('  ')}\n`)
    },
    end() {},
  }
}
