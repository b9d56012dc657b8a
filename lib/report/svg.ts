import { Refusal } from '../errors/refusal.js'
import { type Chart, theme } from './charts/chart.js'

export type Draw = (spec: Chart['spec']) => Promise<string>

/**
 * Returns a function that draws a chart as the text of an SVG element, without a browser.
 *
 * @throws Refusal ERR_UNSUPPORTED if the optional packages that draw charts are not installed, or a chart cannot be drawn.
 */
export async function chartDrawer(): Promise<Draw> {
  const [{ compile }, { logger, None, parse, View, resetSVGDefIds }] = await libraries()
  const log = Object.assign(logger(None), { error: refuseChart })
  // Vega numbers the clipping areas of all charts of a process
  resetSVGDefIds()
  return async (spec) => {
    const view = new View(parse(compile(spec, { config: theme }).spec), { renderer: 'none', logger: log })
    try {
      return await view.toSVG()
    } finally {
      view.finalize()
    }
  }
}

/** Refuses numbers that no axis can show. */
function refuseChart(cause: unknown): never {
  throw new Refusal('ERR_UNSUPPORTED', `a chart of these numbers cannot be drawn: ${cause}`, { cause })
}

async function libraries() {
  try {
    return await Promise.all([import('vega-lite'), import('vega')])
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    const message =
      'charts need the packages vega and vega-lite, which are not installed; run: npm install vega vega-lite'
    throw new Refusal('ERR_UNSUPPORTED', message, { cause })
  }
}
