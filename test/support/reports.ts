import { PsilonClassifier, readTable } from 'psilon'
import { actualClasses } from '#psilon/report/certificates/figures.js'
import type { CertifyRun } from '#psilon/report/certificates/page.js'
import type { Run } from '#psilon/report/run-page.js'
import { quick, someHouses } from './houses.js'
import { someRecord } from './records.js'

/** A table whose names are markup. */
const hostileRows = someHouses(120).map(({ area, age, town, price }) => ({
  '<script>alert(1)</script>': area,
  '"><img src=x onerror="alert(2)">': age,
  'a column whose name is long enough to be cut off somewhere': area + age,
  'town & <i>village': `<u>${town}</u>`,
  '<b>dear</b>': price > 200_000 ? '<em>yes</em>' : 'no',
}))

async function hostileModel(): Promise<PsilonClassifier> {
  const model = new PsilonClassifier({ ...quick, kind: 'resnet', epochs: 20, prune: { sparsity: 0.5 } })
  await model.fit(hostileRows, { target: '<b>dear</b>' })
  return model
}

/** Certificates with every section, of that table. */
export async function hostileCertificates(): Promise<CertifyRun> {
  const model = await hostileModel()
  const table = await readTable(hostileRows)
  const within = { '<script>alert(1)</script>': 5, 'town & <i>village': ['<u>Bonn</u>'] }
  const certificate = await model.certify(table, { level: 'exact', budget: 20, within })
  const { radii: global } = await model.certify(table, { level: 'global', within })
  const asked = { level: 'exact', bound: 'improved', budget: 20, within, fixed: [] } as const
  const files = { model: '<b>m</b>.safetensors', table: '<b>houses</b>.csv' }
  const notes = { missing: { '<i>a</i>': 3 }, unseen: { '<i>b</i>': ['<u>c</u>'] } }
  return { model, table, files, ...asked, certificate, global, actual: actualClasses(table, model.target), ...notes }
}

/** A run with every section, of that table. */
export async function hostileRun(): Promise<Run> {
  const model = await hostileModel()
  const record = someRecord()
  const baseline = { accuracy: 0.5, logLoss: 0.69 }
  const scores = { test: { ...(await model.evaluate(hostileRows)), baseline, linear: baseline } }
  const table = { ...record.table, file: '<b>houses</b>.csv' }
  const setting = { hidden: 24, sparsity: null }
  const search = (['standard', 'asinh'] as const).flatMap((encoding) =>
    record.search.map((tried) => ({ ...tried, ...setting, encoding, epochs: 40 })),
  )
  const lost = { ...setting, stage: 'search' as const, encoding: 'asinh' as const, lambda: 10, epochs: 40, epoch: 3 }
  const judged = { ...record, ...setting, encoding: 'asinh' as const, search, diverged: [lost], table, scores }
  return { file: '<b>m</b>.safetensors', bytes: 12_345, model, record: judged }
}
