import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { PsilonNet } from 'psilon'
import { renderPage, renderSweep } from 'psilon/report'
import t, { type Test } from 'tap'
import { certificatePage } from '#psilon/report/certificates/page.js'
import { layOut } from '#psilon/report/layout.js'
import { runPage } from '#psilon/report/run-page.js'
import { renderExperiment } from '../../experiments/dist/pages/render-experiment.js'
import { somePage as panels } from '../../experiments/test/support/pages.js'
import { hung } from '../support/child.js'
import { chromiumPath } from '../support/chromium.js'
import { somePage } from '../support/pages.js'
import { hostileCertificates, hostileRun } from '../support/reports.js'
import { hostileSweep } from '../support/sweeps.js'

const executablePath = chromiumPath()
const skip = executablePath === undefined && 'no chromium on the PATH; Debian: apt-get install chromium'
const bare = { file: 'net.safetensors', bytes: 999, model: new PsilonNet({ inputs: 30, hidden: 90 }), record: null }

t.test('pages in Chromium', { skip }, async (t) => {
  const browser = await chromium.launch({ executablePath, timeout: hung })
  t.teardown(() => browser.close())
  await t.test('a run', async (t) => checkPage(t, browser, await layOut(runPage(await hostileRun())), 13))
  await t.test('certificates', async (t) => {
    await checkPage(t, browser, await layOut(await certificatePage(await hostileCertificates())), 2)
  })
  await t.test('a sweep', async (t) => checkPage(t, browser, await renderSweep(hostileSweep), 4))
  await t.test('a bare network', async (t) => checkPage(t, browser, await layOut(runPage(bare)), 3))
  await t.test('charts of others', async (t) => checkPage(t, browser, await renderPage(somePage), 4))
  await t.test('lines, dots and bars', async (t) => checkPage(t, browser, await renderExperiment(panels), 20))
})

async function checkPage(t: Test, browser: Browser, text: string, charts: number): Promise<void> {
  const file = join(t.testdir({ 'report.html': text }), 'report.html')
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  page.setDefaultTimeout(hung)
  const events = watch(page)
  await page.goto(pathToFileURL(file).href)
  await t.test('every chart has axes and marks', (t) => checkCharts(t, page, charts))
  await t.test('headings, names of charts', (t) => checkNames(t, page))
  await t.test('keyboard', (t) => checkKeyboard(t, page))
  for (const width of [360, 768, 1280]) {
    await page.setViewportSize({ width, height: 800 })
    await t.test(`nothing overflows at ${width} px`, (t) => checkLayout(t, page, width))
  }
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await t.test(`contrast, ${colorScheme}`, (t) => checkContrast(t, page, colorScheme))
  }
  await page.emulateMedia({ colorScheme: 'dark', media: 'print' })
  await t.test('print', (t) => checkPrint(t, page, Math.max(8, charts)))
  await t.test('no request, nothing on the console, nothing ran', async (t) => {
    t.strictSame(events, [`request ${page.url()}`])
    t.equal(await page.evaluate(() => document.scripts.length), 0)
  })
  await page.close()
}

/** All that a page which stands by itself must not do, as it happens, and the request for the page. */
function watch(page: Page): string[] {
  const events: string[] = []
  page.on('request', (request) => events.push(`request ${request.url()}`))
  page.on('console', (message) => events.push(`console ${message.text()}`))
  page.on('pageerror', (error) => events.push(`error ${error.message}`))
  page.on('dialog', (dialog) => {
    events.push(`dialog ${dialog.message()}`)
    dialog.dismiss()
  })
  return events
}

async function checkCharts(t: Test, page: Page, expected: number): Promise<void> {
  const found = await page.$$eval('.chart > svg', (charts) =>
    charts.map((chart) => {
      const visible = (selector: string) =>
        [...chart.querySelectorAll(selector)].filter((each) => {
          const { width, height } = each.getBoundingClientRect()
          return width > 0 || height > 0
        }).length
      const title = chart.closest('figure')?.querySelector('h3')?.textContent
      const [labels, lines] = [
        visible('.role-axis-label text'),
        visible('.role-axis-domain line, .role-axis-grid line'),
      ]
      return { title, labels, lines, marks: visible('.role-mark > *') }
    }),
  )
  t.equal(found.length, expected)
  for (const { title, labels, lines, marks } of found) {
    t.ok(labels >= 2 && lines >= 1 && marks >= 1, `${title}: ${labels} labels, ${lines} lines, ${marks} marks`)
  }
}

async function checkNames(t: Test, page: Page): Promise<void> {
  const levels = await page.$$eval('h1, h2, h3, h4', (all) => all.map(({ tagName }) => Number(tagName[1])))
  t.equal(levels.filter((level) => level === 1).length, 1)
  t.ok(levels.every((level, k) => k === 0 || level <= (levels[k - 1] as number) + 1))
  const names = await page.$$eval('.chart', (charts) => charts.map((chart) => [chart.role, chart.ariaLabel]))
  t.ok(names.every(([role, label]) => role === 'img' && (label?.length ?? 0) > 20))
  t.equal(await page.evaluate(() => document.documentElement.lang), 'en')
}

async function checkKeyboard(t: Test, page: Page): Promise<void> {
  const details = page.locator('details').first()
  if ((await details.count()) === 0) return
  await details.locator('summary').focus()
  await page.keyboard.press('Enter')
  t.ok(await details.locator('table').isVisible())
  await page.keyboard.press('Enter')
  t.notOk(await details.locator('table').isVisible())
}

async function checkLayout(t: Test, page: Page, width: number): Promise<void> {
  t.equal(await page.evaluate(() => document.documentElement.scrollWidth), width)
  const tiles = await page.$$eval('.keys > div', (all) => all.map((each) => each.getBoundingClientRect().left))
  if (width < 480 && tiles.length > 1) t.equal(new Set(tiles).size, 2, 'tiles stand two by two')
  const cut = await page.evaluate(() => {
    const beyond = (inner: DOMRect, outer: DOMRect) => inner.left < outer.left - 1 || inner.right > outer.right + 1
    const texts = [...document.querySelectorAll('.chart svg text')].filter((text) => {
      return beyond(text.getBoundingClientRect(), (text.closest('svg') as Element).getBoundingClientRect())
    })
    const blocks = [...document.querySelectorAll('header *, main *')].filter((each) => {
      const inside = each.closest('svg') === null && each.closest('.scroll') === null
      return inside && (each.getBoundingClientRect().right > innerWidth + 1 || each.scrollWidth > each.clientWidth + 1)
    })
    return [...texts, ...blocks.filter((each) => getComputedStyle(each).display !== 'inline')].map((each) => {
      return `${each.tagName} ${each.className} ${each.textContent?.slice(0, 60)}`
    })
  })
  t.strictSame(cut, [])
}

/** Of texts against what is behind them at least 4.5, of lines and areas 3 (WCAG 2.2, 1.4.3 and 1.4.11). */
async function checkContrast(t: Test, page: Page, scheme: 'light' | 'dark'): Promise<void> {
  const colours = await page.evaluate(() => {
    const style = getComputedStyle(document.documentElement)
    const names = [
      'page',
      'card',
      'note',
      'ink',
      'muted',
      'series-1',
      'series-2',
      'series-3',
      'series-4',
      'series-5',
      'accent',
      'positive',
      'negative',
    ]
    return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]))
  })
  const contrast = (a: string, b: string) => {
    const [dark, bright] = [luminance(colours[a] as string), luminance(colours[b] as string)].sort((x, y) => x - y)
    return ((bright as number) + 0.05) / ((dark as number) + 0.05)
  }
  t.equal(luminance(colours.page as string) > 0.5, scheme === 'light')
  const inks = await page.$$eval('.chart svg text', (texts) => texts.map((text) => getComputedStyle(text).fill))
  t.notOk(inks.includes('rgb(0, 0, 0)'), 'every text of a chart has a colour of the page')
  for (const back of ['page', 'card', 'note']) {
    t.ok(contrast('ink', back) >= 7 && (back === 'note' || contrast('muted', back) >= 4.5), `texts on ${back}`)
  }
  for (const mark of ['series-1', 'series-2', 'series-3', 'series-4', 'series-5', 'accent', 'positive', 'negative']) {
    t.ok(contrast(mark, 'card') >= 3, `${mark} on card: ${contrast(mark, 'card').toFixed(2)}`)
  }
}

/** Relative luminance of `#rrggbb` or `#rgb`. */
function luminance(colour: string): number {
  const digits = colour.length === 4 ? colour.replace(/[^#]/g, '$&$&') : colour
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(digits.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

async function checkPrint(t: Test, page: Page, most: number): Promise<void> {
  const ground = await page.evaluate(() => {
    const of = (selector: string) => getComputedStyle(document.querySelector(selector) as Element)
    return { page: of('body').backgroundColor, ink: of('h1').color }
  })
  t.strictSame(ground, { page: 'rgb(255, 255, 255)', ink: 'rgb(27, 31, 36)' })
  const hidden = await page.$$eval('details table', (all) => all.filter((each) => !each.checkVisibility()).length)
  t.equal(hidden, 0, 'the numbers are printed')
  const pdf = (await page.pdf({ format: 'A4' })).toString('latin1')
  const pages = pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0
  t.ok(pages >= 1 && pages <= most, `${pages} pages`)
}
