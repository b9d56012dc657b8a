import { PsilonClassifier } from 'psilon'
import type { Run } from '#psilon/report/run-page.js'
import { quick, someHouses } from './houses.js'
import { someRecord } from './records.js'

/** A run with every section, of a table whose names are markup. */
export async function hostileRun(): Promise<Run> {
  const rows = someHouses(120).map(({ area, age, town, price }) => ({
    '<script>alert(1)</script>': area,
    '"><img src=x onerror="alert(2)">': age,
    'a column whose name is long enough to be cut off somewhere': area + age,
    'town & <i>village': `<u>${town}</u>`,
    '<b>dear</b>': price > 200_000 ? '<em>yes</em>' : 'no',
  }))
  const model = new PsilonClassifier({ ...quick, kind: 'resnet', epochs: 20, prune: { sparsity: 0.5 } })
  await model.fit(rows, { target: '<b>dear</b>' })
  const record = someRecord()
  const scores = {
    test: { rows: 20, accuracy: 0.9, logLoss: 0.3, auc: 0.95, baseline: { accuracy: 0.5, logLoss: 0.69 } },
  }
  const table = { ...record.table, file: '<b>houses</b>.csv' }
  return { file: '<b>m</b>.safetensors', bytes: 12_345, model, record: { ...record, table, scores } }
}
