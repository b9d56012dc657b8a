// A model as an HTTP service: POST a row to /predict, and get the answer with its certificate. SIGTERM ends it once all requests
// are answered.
//
//   node examples/07-service.mjs [MODEL] [PORT]
//   curl -d '{"size": 52, "age": 3, "place": "town"}' http://127.0.0.1:8080/predict
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { PsilonClassifier, PsilonError } from 'psilon'

const [path, port = '8080'] = process.argv.slice(2)
const longestBody = 100_000

const model = path === undefined ? await trained() : await PsilonClassifier.load(path)

/** A row that cannot be predicted is the fault of who sends it. */
const faults = ['ERR_DATA', 'ERR_OPTION', 'ERR_SHAPE']

const server = createServer(async (request, response) => {
  const send = (/** @type {number} */ status, /** @type {unknown} */ body) => {
    response.writeHead(status, { 'content-type': 'application/json', connection: stopping ? 'close' : 'keep-alive' })
    response.end(JSON.stringify(body))
  }
  if (request.url === '/health') return send(200, { target: model.target, classes: model.classes })
  if (request.url !== '/predict' || request.method !== 'POST') return send(404, { error: 'POST a row to /predict' })
  if (!(Number(request.headers['content-length']) <= longestBody)) return send(413, { error: 'the row is too long' })
  try {
    send(200, await answer(JSON.parse(await text(request))))
  } catch (error) {
    const expected = error instanceof SyntaxError || (error instanceof PsilonError && faults.includes(error.code))
    send(expected ? 400 : 500, { error: expected ? error.message : 'the service failed' })
    if (!expected) console.error(error)
  }
})

/** The class of a row, its probability, and how many deviations its numbers can be wrong without changing it. */
async function answer(/** @type {unknown} */ row) {
  const rows = /** @type {Record<string, unknown>[]} */ ([row])
  const { labels, probabilities, classes, unseen, missing } = await model.predict(rows)
  const { radii } = await model.certify(rows)
  const [label] = labels
  return { label, probability: probabilities.data[classes.indexOf(label)], radius: radii[0], unseen, missing }
}

let stopping = false
async function stop() {
  stopping = true
  server.close()
  server.closeIdleConnections()
  await once(server, 'close')
  console.log('stopped')
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)

server.requestTimeout = 10_000
server.listen(Number(port), '127.0.0.1')
await once(server, 'listening')
const address = /** @type {import('node:net').AddressInfo} */ (server.address())
console.log(`predicts "${model.target}" at http://127.0.0.1:${address.port}/predict`)

/** For a try without a model: flats that are dear or cheap. */
async function trained() {
  const rows = Array.from({ length: 300 }, (_, i) => {
    const [size, age, place] = [30 + ((i * 37) % 90), (i * 13) % 60, i % 3 === 0 ? 'town' : 'village']
    return { size, age, place, price: size * (place === 'town' ? 4 : 2.5) - age > 180 ? 'dear' : 'cheap' }
  })
  const model = new PsilonClassifier({ preset: 'fast', seed: 1 })
  await model.fit(rows, { target: 'price' })
  return model
}
