import { readFileSync } from 'node:fs'
import t from 'tap'
import ts from 'typescript'
import {
  classifierCertifyOptions,
  classifierMonotoneOptions,
  classifierRangeOptions,
  estimatorRangeOptions,
  monotoneOptions,
} from '#psilon/estimators/certificates/options.js'
import { crossValidationOptions } from '#psilon/estimators/cross-validation-options.js'
import { allEstimatorOptions } from '#psilon/estimators/estimator-options.js'
import { estimatorInfluenceOptions } from '#psilon/estimators/influence.js'
import { cExportOptions, javascriptOptions, onnxOptions } from '#psilon/export/options.js'
import { earlyStopping, fitOptions, pruneSchedule, trainingData } from '#psilon/fit/options.js'
import { importOptions } from '#psilon/network/from-parameters.js'
import {
  boundOptions,
  networkCertifyOptions,
  networkOptions,
  networkRangeOptions,
  pathNormOptions,
} from '#psilon/network/options.js'
import type { Option } from '#psilon/options/option.js'
import { rangeOptions, sweepOptions } from '#psilon/sweep/options.js'
import { sweepWorkerOptions } from '#psilon/sweep/redis/sweep-worker.js'
import { readOptions } from '#psilon/tables/read-options.js'
import { apiPage, docstringOf, withTables } from '../../scripts/option-tables.mjs'

type Declared = Record<string, Option<unknown>>

const interfaces: [file: string, names: string[], declarations: object][] = [
  ['network/options.ts', ['PsilonNetOptions', 'NetworkOptions'], networkOptions],
  ['network/options.ts', ['BoundOptions'], boundOptions],
  ['network/options.ts', ['BoundOptions', 'PathNormOptions'], pathNormOptions],
  ['network/options.ts', ['CertifyOptions', 'NetworkCertifyOptions'], networkCertifyOptions],
  ['network/options.ts', ['RangeOptions', 'NetworkRangeOptions'], networkRangeOptions],
  ['estimators/certificates/options.ts', ['EstimatorRangeOptions'], estimatorRangeOptions],
  ['estimators/certificates/options.ts', ['MonotoneOptions'], monotoneOptions],
  ['estimators/certificates/options.ts', ['ClassifierMonotoneOptions'], classifierMonotoneOptions],
  ['estimators/influence.ts', ['EstimatorInfluenceOptions'], estimatorInfluenceOptions],
  ['estimators/certificates/options.ts', ['ClassifierRangeOptions'], classifierRangeOptions],
  ['estimators/certificates/options.ts', ['ClassifierCertifyOptions'], classifierCertifyOptions],
  ['fit/options.ts', ['TrainingData'], trainingData],
  ['fit/options.ts', ['ValidationData'], fitOptions.validation.kind.options as object],
  ['fit/options.ts', ['PruneAmount', 'PruneSchedule'], pruneSchedule],
  ['fit/options.ts', ['EarlyStopping'], earlyStopping],
  ['fit/options.ts', ['FitOptions'], fitOptions],
  [
    'estimators/estimator-options.ts',
    ['EstimatorOptions', 'RegressorOptions', 'ClassifierOptions'],
    allEstimatorOptions,
  ],
  ['tables/read-options.ts', ['ReadOptions'], readOptions],
  ['estimators/cross-validation-options.ts', ['CrossValidationOptions'], crossValidationOptions],
  ['sweep/options.ts', ['SweepSpec', 'SweepOptions'], sweepOptions],
  ['sweep/options.ts', ['SweepRange'], rangeOptions],
  ['export/options.ts', ['OnnxOptions'], onnxOptions],
  ['export/options.ts', ['JavaScriptOptions'], javascriptOptions],
  ['export/options.ts', ['CExportOptions'], cExportOptions],
  ['network/from-parameters.ts', ['ImportOptions'], importOptions],
  ['sweep/redis/sweep-worker.ts', ['SweepWorkerOptions'], sweepWorkerOptions],
]

/** The docstrings of the properties of an interface, each on one line. */
function docstrings(file: string, name: string): [property: string, text: string][] {
  const path = `lib/${file}`
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true)
  const found = source.statements.find((each) => ts.isInterfaceDeclaration(each) && each.name.text === name)
  return (found as ts.InterfaceDeclaration).members.map((member) => {
    const [doc] = ts.getJSDocCommentsAndTags(member)
    const text = ts.getTextOfJSDocComment((doc as ts.JSDoc | undefined)?.comment) ?? ''
    return [(member.name as ts.Identifier).text, text.replace(/\s+/g, ' ')]
  })
}

for (const [file, names, declarations] of interfaces) {
  t.test(`the docstrings of ${names.join(', ')} are those of their declarations`, async (t) => {
    const seen = new Set<string>()
    for (const [property, text] of names.flatMap((name) => docstrings(file, name))) {
      if (seen.has(property)) continue // a PsilonNet takes more than other networks
      seen.add(property)
      const declared = (declarations as Declared)[property]
      t.equal(text, docstringOf(declared), `${property} in ${file}`)
    }
  })
}

t.test('docs/api.md has the tables of all options', async (t) => {
  const page = readFileSync(apiPage, 'utf8')
  t.equal(page, withTables(page), 'npm run docs:options writes them')
})
