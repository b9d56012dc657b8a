// Which parts need a second measurement? Sensors have stated tolerances. A part whose answer no error within them can change
// is decided; for every other part the certificate has the readings that would change it.
import { PsilonClassifier } from 'psilon'

/** What the data sheets of the sensors say. */
const tolerances = { temperature: 0.5, pressure: '2%', vibration: '1%' }
const units = { temperature: '°C', pressure: 'bar', vibration: 'mm/s' }

const rows = partsOf(1200, 7)
const [train, test] = [rows.slice(0, 900), rows.slice(900)]
const model = new PsilonClassifier({
  preset: 'paper',
  encoding: 'standard',
  hidden: 40,
  epochs: 200,
  batchSize: 100,
  prune: { sparsity: 0.8 },
  ignore: ['part'],
  seed: 1,
})
await model.fit(train, { target: 'result' })
model.compact() // small networks have exact certificates in milliseconds
console.log(`${test.length} parts, accuracy ${(await model.score(test)).toFixed(3)}`)

const { labels, radii, exact, counterexamples } = await model.certify(test, { within: tolerances, level: 'exact' })
console.log(`exact for ${exact.filter(Boolean).length} of them\n`)

console.log('errors up to           decided')
for (const times of [0.5, 1, 2, 4]) {
  const decided = radii.filter((radius) => radius >= times).length / test.length
  console.log(`${String(times).padEnd(4)} times the sheet   ${(100 * decided).toFixed(1).padStart(5)} %`)
}

const doubtful = test.flatMap((part, i) => (radii[i] < 1 ? [{ part, i }] : []))
console.log(`\n${doubtful.length} parts need a second measurement, the least certain first:`)
for (const { part, i } of doubtful.sort((a, b) => radii[a.i] - radii[b.i]).slice(0, 5)) {
  const flip = counterexamples[i]
  const changes = Object.entries(units).map(([name, unit]) => {
    return flip === null ? '' : `${name} ${part[name].toFixed(2)} -> ${Number(flip[name]).toFixed(2)} ${unit}`
  })
  console.log(`  part ${part.part}, now "${labels[i]}", ${radii[i].toFixed(2)} times the sheet: ${changes.join(', ')}`)
}

const found = doubtful.flatMap(({ i }) => (counterexamples[i] === null ? [] : [{ flip: counterexamples[i], i }]))
const again = await model.predict(found.map(({ flip }) => flip))
const all = found.every(({ i }, k) => again.labels[k] !== labels[i])
console.log(`\neach of these ${found.length} readings would change the answer: ${all}`)

/** Parts that fail where they are hot for their pressure, or shake. */
function partsOf(/** @type {number} */ count, /** @type {number} */ seed) {
  let state = seed
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return Array.from({ length: count }, (_, k) => {
    const temperature = 60 + 40 * draw()
    const pressure = 4 + 3 * draw()
    const vibration = 0.5 + 2 * draw() ** 2
    const heat = (temperature - 80) / 10 - (pressure - 5.5) + Math.max(0, vibration - 1.5) * 2
    return /** @type {Record<string, any>} */ ({
      part: k + 1,
      temperature,
      pressure,
      vibration,
      result: heat + 0.2 * (draw() - 0.5) > 0.3 ? 'fails' : 'holds',
    })
  })
}
