import { readFileSync } from 'node:fs'
import { load, PsilonClassifier } from 'psilon'

const lines = readFileSync('data/breast_cancer.csv', 'utf8').trim().split('\n')
const [names, ...cells] = lines.map((line) => line.split(','))
const rows = cells.map((row) => Object.fromEntries(names.map((name, j) => [name, Number(row[j])])))

const model = new PsilonClassifier({ hidden: 100, lambda: 1e-2, prune: { sparsity: 0.9 }, seed: 1 })
await model.fit(rows.slice(200), { target: 'target' })

console.log(await model.evaluate(rows.slice(0, 200)))
console.log(model.compact())
console.log(model.influence()[0])
console.log(await model.certify(rows.slice(0, 3), { bound: 'tight' }))
await model.save('tumours.safetensors')
const again = await load('tumours.safetensors')
console.log((await again.predict(rows.slice(0, 3))).probabilities)
