import { spawnSync } from 'node:child_process'
import t from 'tap'
import { packageRoot } from '../support/child.js'

for (const dtype of ['float64', 'float32']) {
  t.test(`the golden numbers, by CUDA in ${dtype}`, async (t) => {
    const program = ['test/conformance/main.mjs', 'test/fixtures', '--device', 'cuda-host', '--dtype', dtype]
    const { status, stdout, stderr } = spawnSync(process.execPath, program, { cwd: packageRoot, encoding: 'utf8' })
    t.match(stdout, /^[1-9]\d passed, 0 failed\n$/m)
    t.strictSame({ status, stderr }, { status: 0, stderr: '' })
  })
}
