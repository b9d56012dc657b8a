import type { TopLevelSpec } from 'vega-lite'
import { Refusal } from '../errors/refusal.js'
import { theme } from './charts/chart.js'

/** The text of an SVG element from a Vega-Lite specification. */
export type Draw = (spec: object) => Promise<string>

/**
 * Returns a function that draws a chart as the text of an SVG element, without a browser.
 *
 * @throws Refusal ERR_UNSUPPORTED if the optional packages that draw charts are not installed, or no axis can show the
 * numbers of a chart. The function throws ERR_OPTION if it is given something that is not a specification.
 */
export async function chartDrawer(): Promise<Draw> {
  const [{ compile }, { logger, None, parse, View, resetSVGDefIds }] = await libraries()
  const log = Object.assign(logger(None), { error: refuseChart })
  // Vega numbers the clipping areas of all charts of a process
  resetSVGDefIds()
  const viewOf = (spec: object) => {
    try {
      // a copy, since Vega marks the data it is given
      const { spec: compiled } = compile(structuredClone(spec) as TopLevelSpec, { config: theme, logger: logger(None) })
      if (compiled.data?.some((source) => 'url' in source)) throw new Error('its data must be in it, not at a URL')
      return new View(parse(compiled), { renderer: 'none', logger: log })
    } catch (cause) {
      throw new Refusal('ERR_OPTION', `not a chart that can be drawn: ${(cause as Error).message}`, { cause })
    }
  }
  return async (spec) => {
    const view = viewOf(spec)
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
