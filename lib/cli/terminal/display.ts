import { SingleBar } from 'cli-progress'
import { printable } from '../../print.js'

/** Shows how far work is: a bar on a terminal, elsewhere a line for each tenth. */
export interface Display {
  /** @param progress 0 to 1. @param text what stands behind it; a bar has less room for it than a line. */
  show(progress: number, text: (place: 'bar' | 'line') => readonly string[]): void
  /** A line of its own, where there is no bar, which shows all of it. */
  note(text: string): void
  /** Nothing is shown from then on. */
  end(): void
}

/** Columns for what stands behind the bar and its share; where the terminal has fewer, what has no room is left out. */
const textWidth = 72
const share = ' 100%  '.length

/** Milliseconds in which a bar is drawn once. */
const redraw = 50

const open = new Set<Display>()

/** Leaves the terminal as it was, with the cursor on a line of its own. Returns whether there was anything to end. */
export function endDisplays(): boolean {
  const displays = [...open]
  for (const display of displays) display.end()
  return displays.length > 0
}

export function displayOn(stream: NodeJS.WriteStream): Display {
  const bars = stream.isTTY && process.env.TERM !== 'dumb'
  const { show, note, end } = bars ? barOn(stream) : linesOn(stream)
  const display: Display = {
    show: (progress, text) => {
      if (open.has(display)) show(progress, text)
    },
    note,
    end() {
      if (!open.delete(display)) return
      process.off('exit', endDisplays)
      end()
    },
  }
  open.add(display)
  process.on('exit', endDisplays)
  return display
}

function barOn(stream: NodeJS.WriteStream): Display {
  const columns = stream.columns || 80
  const barsize = Math.max(columns < 40 ? 4 : 8, Math.min(32, columns - share - textWidth))
  const bar = new SingleBar({
    ...{ format: '{bar} {percentage}%  {text}', stream, barsize },
    linewrap: true, // the terminal's own is left as it is
    forceRedraw: true, // over the ^C of a key press
  })
  bar.start(1, 0, { text: 'starting' })
  const room = columns - barsize - share
  let shown = 0
  return {
    show(progress, text) {
      if (progress < 1 && Date.now() - shown < redraw) return
      shown = Date.now()
      bar.update(progress, { text: fitting(text('bar').map(printable), room) })
    },
    note() {},
    end: () => bar.stop(),
  }
}

/** As many of the texts, in their order, as so many columns have room for. */
function fitting(texts: readonly string[], room: number): string {
  let line = ''
  for (const text of texts) {
    const longer = line === '' ? text : `${line}  ${text}`
    if (longer.length > room) break
    line = longer
  }
  return line
}

function linesOn(stream: NodeJS.WriteStream): Display {
  let shown = 0
  return {
    show(progress, text) {
      const tenths = Math.floor(10 * progress + 1e-9)
      if (tenths === shown) return
      shown = tenths
      stream.write(`${[`${10 * tenths}%`.padStart(4), ...text('line').map(printable)].join('  ')}\n`)
    },
    note: (text) => stream.write(`${printable(text)}\n`),
    end() {},
  }
}
