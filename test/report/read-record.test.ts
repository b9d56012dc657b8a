import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { classifierMetrics, regressorMetrics } from '#psilon/estimators/evaluation.js'
import { readRecord, writeRecord } from '#psilon/report/record.js'
import { someRecord } from '../support/records.js'
import { refusal } from '../support/refusal.js'

const record = someRecord()

t.test('what is written reads back', async (t) => {
  const path = join(t.testdir(), 'm.run.json')
  await writeRecord(path, record)
  t.strictSame(await readRecord(path), record)
  t.equal(await readRecord(join(t.testdirName, 'none.run.json')), null)
})

t.test('epochs of a long run keep their numbers', async (t) => {
  const path = join(t.testdir(), 'm.run.json')
  const epochs = record.epochs.map((epoch, i) => ({ ...epoch, epoch: 2 ** i }))
  await writeRecord(path, { ...record, epochs })
  t.strictSame((await readRecord(path))?.epochs, epochs)
})

t.test('settings have encoding, widths and epochs; those of a record of 0.1.0 have a lambda alone', async (t) => {
  const path = join(t.testdir(), 'm.run.json')
  for (const hidden of [64, [8, 6]]) {
    const setting = { encoding: 'asinh' as const, hidden }
    const search = record.search.map((tried, k) => ({ ...tried, ...setting, epochs: 10 * (k + 1) }))
    await writeRecord(path, { ...record, ...setting, search })
    t.strictSame(await readRecord(path), { ...record, ...setting, search })
  }
  await writeRecord(path, record)
  t.strictSame(
    Object.keys((await readRecord(path))?.search[0] as object).sort(),
    Object.keys(record.search[0] as object).sort(),
  )
  const refused = async (change: object, message: string) => {
    await writeRecord(path, { ...record, ...change })
    await t.rejects(readRecord(path), { code: 'ERR_MODEL_FILE', message: `m.run.json: ${message}` })
  }
  await refused({ hidden: 'wide' }, 'hidden must be a finite number, got "wide"')
  await refused({ hidden: [8, null] }, 'hidden[1] must be a finite number, got null')
  await refused(
    { encoding: 'log' },
    'encoding must be one of "standard", "asinh", "robust", "rank-normal", "piecewise-linear", got "log"',
  )
})

t.test('fits that diverged are read as they were written', async (t) => {
  const path = join(t.testdir(), 'm.run.json')
  const lost = { encoding: 'asinh' as const, lambda: 1e308, sparsity: null, epochs: 20, epoch: 3 }
  const diverged = [
    { stage: 'search' as const, hidden: 64, ...lost },
    { stage: 'fit' as const, hidden: [8, 6], ...lost },
  ]
  await writeRecord(path, { ...record, diverged })
  t.strictSame((await readRecord(path))?.diverged, diverged)
  await writeRecord(path, { ...record, diverged: [{ ...diverged[0], stage: 'last' as 'fit', hidden: 64 }] })
  const message = 'm.run.json: diverged[0].stage must be one of "search", "fit", got "last"'
  await t.rejects(readRecord(path), { code: 'ERR_MODEL_FILE', message })
})

t.test('a score that is not finite is none', async (t) => {
  const path = join(t.testdir(), 'm.run.json')
  const scores = { test: { rows: 2, logLoss: 0.5, baseline: { logLoss: Infinity } } }
  await writeRecord(path, { ...record, scores })
  t.strictSame((await readRecord(path))?.scores, { test: { rows: 2, logLoss: 0.5, baseline: {} } })
})

t.test('errors by class, and of numbers, are read as they were written', async (t) => {
  const path = join(t.testdir(), 'm.run.json')
  const logits = Float64Array.of(0, 1, 0, -1, 0, 2, 0, -3)
  const classes = classifierMetrics(
    { logits, predicted: Uint32Array.of(1, 0, 1, 0), actual: Uint32Array.of(1, 1, 0, 0) },
    ['<no>', true],
  )
  const numbers = regressorMetrics(Float64Array.of(1, 2, 3), Float64Array.of(1, 3, 5), 2)
  const scores = {
    test: { ...classes, baseline: { logLoss: 0.7 }, linear: { logLoss: 0.5 } },
    validation: { ...numbers, baseline: { rmse: 3 } },
  }
  await writeRecord(path, { ...record, scores, date: '2026-12-01T15:00:00.000Z', command: 'psilon train' })
  const found = await readRecord(path)
  t.strictSame(found?.scores, scores)
  t.match(found, { date: '2026-12-01T15:00:00.000Z', command: 'psilon train' })

  const document = JSON.parse(readFileSync(path, 'utf8'))
  const { test } = document.scores
  const cases: [change: object, message: string][] = [
    [{ confusion: [[1, 2]] }, 'scores.test.confusion must be 2 rows of 2 numbers'],
    [{ confusion: undefined }, 'scores.test needs both classes and confusion, or neither'],
    [{ roc: [{ ...test.roc[0], thresholds: [null] }] }, 'scores.test.roc[0] has arrays of 4, 4, 1 entries'],
    [{ calibration: { error: 1, bins: [{}] } }, 'scores.test.calibration.bins[0] lacks "from"'],
    [{ points: { predicted: [1], actual: [] } }, 'scores.test.points has arrays of 1, 0 entries'],
    [{ residuals: { min: 1 } }, 'scores.test.residuals lacks "p5"'],
    [{ linear: { f1: 1 } }, 'scores.test.linear has an unknown entry "f1"'],
  ]
  for (const [change, message] of cases) {
    writeFileSync(path, JSON.stringify({ ...document, scores: { test: { ...test, ...change } } }))
    await t.rejects(readRecord(path), { code: 'ERR_MODEL_FILE', message: `m.run.json: ${message}` })
  }
})

t.test('anything odd is refused, by place', async (t) => {
  const path = join(t.testdir(), 'm.run.json')
  await writeRecord(path, record)
  const document = JSON.parse(readFileSync(path, 'utf8'))
  const cases: [change: object, message: string][] = [
    [{ format: 'psilon' }, 'format must be one of "psilon-run", got "psilon"'],
    [{ formatVersion: 2 }, 'formatVersion must be one of 1, got 2'],
    [{ more: 1 }, 'the record has an unknown entry "more"'],
    [{ epoch: undefined }, 'the record lacks "epoch"'],
    [{ lambda: '1' }, 'lambda must be a finite number, got "1"'],
    [{ model: { file: 'm' } }, 'model lacks "sha256"'],
    [{ stopped: 'now' }, 'stopped must be one of "completed", "cancelled", "early-stopping", got "now"'],
    [
      { search: [{ lambda: 1, score: null, standardError: 0.1, pathNorm: 1 }] },
      'search[0].score must be a finite number, got null',
    ],
    [{ scores: { test: { rows: 1, f1: 1, baseline: {} } } }, 'scores.test has an unknown entry "f1"'],
    [{ scores: [] }, 'scores must be an object'],
    [{ table: { ...document.table, missing: { a: 'b' } } }, 'table.missing.a must be a finite number, got "b"'],
    [{ epochs: { ...document.epochs, loss: [1] } }, 'epochs.objective has 40 entries, epochs.loss has 1'],
    [{ epochs: { ...document.epochs, epoch: [1] } }, 'epochs.epoch has 1 entries, epochs.loss has 40'],
    [
      { epochs: { ...document.epochs, epoch: document.epochs.loss.map(() => 3) } },
      'epochs.epoch[1] is 3, expected the number of a later epoch',
    ],
    [{ epochs: { ...document.epochs, alpha: [null] } }, 'epochs.alpha[0] must be a finite number, got null'],
  ]
  for (const [change, message] of cases) {
    writeFileSync(path, JSON.stringify({ ...document, ...change }))
    await t.rejects(readRecord(path), { code: 'ERR_MODEL_FILE', message: `m.run.json: ${message}` })
  }
  const long = 'x'.repeat(5000)
  for (const change of [{ scores: { [long]: 1 } }, { scores: { test: { rows: 1, [long]: 1, baseline: {} } } }]) {
    writeFileSync(path, JSON.stringify({ ...document, ...change }))
    const { message } = await refusal(readRecord(path))
    t.ok(message.length < 200, message.slice(0, 200))
  }
  writeFileSync(path, '[')
  await t.rejects(readRecord(path), { code: 'ERR_MODEL_FILE', message: 'm.run.json: it is not JSON' })
  const folder = join(t.testdirName, 'folder.run.json')
  mkdirSync(folder)
  await t.rejects(readRecord(folder), { code: 'ERR_FILE', message: /it is not a regular file/ })
})

t.test('what would cost more than a record is refused before it is built, or read', async (t) => {
  const path = join(t.testdir(), 'm.run.json')
  const refused = (message: string) => t.rejects(readRecord(path), { code: 'ERR_MODEL_FILE', message })
  writeFileSync(path, `{"format":[${'{},'.repeat(300_000)}{}]}`)
  await refused('m.run.json: it has more objects than a valid file of its length')
  writeFileSync(path, '{"format":"psilon-run","format":"psilon-run"}')
  await refused('m.run.json: it has the key "format" twice')
  writeFileSync(path, Buffer.from([0x7b, 0xff]))
  await refused(`${path} is not a text in UTF-8`)
  truncateSync(path, 2 ** 26 + 1)
  await refused(`${path} has 67108865 bytes, expected at most 67108864`)
})
