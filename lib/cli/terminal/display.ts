import { SingleBar } from 'cli-progress'
import { printable } from '../../errors/errors.js'

/** Shows progress: a bar on a terminal, elsewhere a line for each tenth of the work. */
export interface Display {
  /** @param progress 0 to 1. @param text what follows it; a bar has less room than a line. */
  show(progress: number, text: (place: 'bar' | 'line') => readonly string[]): void
  /** Prints a line, unless there is a bar, which shows the same. */
  note(text: string): void
  end(): void
}

/** Columns for the texts after the bar; on a narrower terminal, texts that do not fit are left out. */
const textWidth = 72
const share = ' 100%  '.length

/** Milliseconds between redraws of a bar. */
const redraw = 50

const open = new Set<Display>()

/** Restores the terminal, with the cursor on a new line. Returns whether a display was active. */
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
    linewrap: true, // keeps the terminal's own setting
    forceRedraw: true, // overwrites the ^C of a key press
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

/** The texts, in order, as far as they fit into `room` columns. */
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
