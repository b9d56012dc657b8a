import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readDocument } from '../dist/documents/read-document.js'
import { deepDocument, figure1Document, pruningDocument, tabularDocument } from './support/documents.js'

t.test('what a run has written reads back; other entries are left out', async (t) => {
  const path = join(t.testdir(), 'results.json')
  for (const document of [tabularDocument(), figure1Document(), deepDocument(), pruningDocument()]) {
    writeFileSync(path, JSON.stringify({ ...document, more: 1 }))
    t.strictSame(await readDocument(path), JSON.parse(JSON.stringify(document)))
  }
})

t.test('anything odd is refused, by place', async (t) => {
  const path = join(t.testdir(), 'results.json')
  const text = JSON.stringify(tabularDocument(['one']))
  const refused = async (given: string, message: string) => {
    t.not(given, text)
    writeFileSync(path, given)
    await t.rejects(readDocument(path), { code: 'ERR_FILE', message: `[report] ${path}: ${message}` })
  }
  const commands = '"reproduce tabular", "reproduce figure1", "reproduce pruning", "reproduce deep"'
  await refused('{"command": ', 'it is not JSON')
  await refused(text.replace('reproduce tabular', 'run'), `command must be one of ${commands}, got "run"`)
  await refused(
    text.replace('"threads":2', '"threads":"2"'),
    'threads must be a number from -1e+300 to 1e+300, got "2"',
  )
  await refused(
    text.replace('"mean":0.4,', ''),
    'sets[0].models[0].validation.mean must be a number from -1e+300 to 1e+300, got undefined',
  )
  await refused(
    text.replace('"rank":1,', '"rank":null,'),
    'sets[0].models[0].rank must be a number from -1e+300 to 1e+300, got null',
  )
  await refused(
    text.replace('"kind":"network"', '"kind":"tree"'),
    'sets[0].models[0].chosen[0].setting.kind must be one of "network", "linear", "forest", got "tree"',
  )
  await refused(
    text.replace('"failure":null', '"failure":"it diverged"'),
    'cells[0].result.failure must be one of null, got "it diverged"',
  )
  await refused(
    text.replace('"mean":0.4,', '"mean":1e308,'),
    'sets[0].models[0].validation.mean must be a number from -1e+300 to 1e+300, got 1e+308',
  )
  await refused('[]', 'it must be an object, got an array')
  await t.rejects(readDocument(`${path}.gz`), { code: 'ERR_FILE', message: /^\[report\] cannot read / })
})
