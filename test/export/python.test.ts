import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PsilonNet } from 'psilon'
import t from 'tap'
import { packageRoot } from '../support/child.js'
import { isClose, networkRows, networks } from './models.js'

const run = promisify(execFile)
const hasNumpy = (python: string) =>
  run(python, ['-c', 'import numpy']).then(
    () => true,
    () => false,
  )
const pythons = ['python3', '/usr/bin/python3']
const found = await Promise.all(pythons.map(hasNumpy))
const python = pythons.find((_, k) => found[k])
const skip = python === undefined ? 'NumPy is not installed' : false

const [, loader] = /```python\n(.*?)```/s.exec(await readFile(join(packageRoot, 'docs', 'deploy.md'), 'utf8')) ?? []

const others: typeof networks = {
  'a network with l2 normalization': async () => new PsilonNet({ inputs: 3, hidden: 4, normalization: 'l2', seed: 5 }),
  'a network without normalization': async () =>
    new PsilonNet({ inputs: 3, hidden: 4, normalization: 'none', seed: 6 }),
}

t.test('the loader of docs/deploy.md predicts with NumPy alone', { skip }, async (t) => {
  for (const [name, make] of Object.entries({ ...networks, ...others })) {
    const net = await make()
    const cwd = t.testdir()
    await net.save(join(cwd, 'model.safetensors'))
    const script = `${loader}
x = np.array(json.loads('${JSON.stringify(networkRows)}'))
print(json.dumps(predict(*load('model.safetensors'), x).tolist()))`
    const values: number[] = JSON.parse((await run(python as string, ['-c', script], { cwd })).stdout).flat()
    const { data } = await net.predict(networkRows)
    t.equal(values.length, data.length, name)
    t.ok(
      values.every((value, k) => isClose(value, data[k])),
      name,
    )
    net.dispose()
  }
})
