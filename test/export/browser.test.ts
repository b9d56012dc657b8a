import { chromium } from 'playwright-core'
import { PsilonRegressor } from 'psilon'
import t from 'tap'
import { hung } from '../support/child.js'
import { chromiumPath } from '../support/chromium.js'
import { estimators, isClose, unlike } from './models.js'

const executablePath = chromiumPath()
const skip = executablePath === undefined && 'no chromium on the PATH; Debian: apt-get install chromium'

/** Sends whether the module passes its own test, and what it predicts for some rows. */
const answers = (send: string) => `
${send}({ passed: selfTest(), values: ${JSON.stringify(unlike)}.map(predict) })`

t.test('modules run in a page and in a worker of a browser, which forbid eval', { skip }, async (t) => {
  const browser = await chromium.launch({ executablePath, timeout: hung })
  t.teardown(() => browser.close())
  const page = await browser.newPage()
  page.setDefaultTimeout(hung)
  const policy = `default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:`
  await page.route('**/*', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    }),
  )
  for (const [name, make] of Object.entries(estimators)) {
    const model = await make()
    const text = model.toJavaScript()
    const found =
      model instanceof PsilonRegressor ? (await model.predict(unlike)).values : (await model.predict(unlike)).labels
    await page.goto('http://localhost/')
    const inWorker = page.evaluate((source) => {
      const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
      return new Promise((resolve, reject) => {
        const worker = new Worker(url, { type: 'module' })
        worker.onmessage = ({ data }) => resolve(data)
        worker.onerror = ({ message }) => reject(new Error(message))
      })
    }, text + answers('postMessage'))
    await page.addScriptTag({
      type: 'module',
      content: text + answers('window.answer = (given) => { window.given = given }; answer'),
    })
    await page.waitForFunction('window.given !== undefined')
    for (const answer of [await inWorker, await page.evaluate('window.given')]) {
      const { passed, values } = answer as { passed: boolean; values: unknown[] }
      t.equal(passed, true, name)
      values.forEach((value, i) => {
        const wanted = found[i]
        t.ok(model instanceof PsilonRegressor ? isClose(value, wanted) : value === wanted, name)
      })
    }
    model.dispose()
  }
})
