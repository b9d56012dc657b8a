import t from 'tap'
import { runModule } from '../support/child.js'

t.test('the addon of users has nothing that tests and benchmarks alone call', async (t) => {
  const { stdout, stderr } = await runModule(`
    const { native } = await import('#psilon/core/native.js')
    const names = Object.keys(native).filter((name) => name !== 'path') // which bindings adds
    const methods = Object.getOwnPropertyNames(native.Network.prototype)
    console.log(JSON.stringify({ names: names.sort(), methods: methods.sort() }))`)
  t.equal(stderr, '')
  const { names, methods } = JSON.parse(stdout)
  t.strictSame(names, [
    ...[
      'Network',
      'Rows',
      'answer',
      'answerSync',
      'certify',
      'certifySync',
      'checkParameters',
      'devices',
      'fit',
      'fitSeconds',
      'gpuMemory',
      'gpuMemoryNeeded',
    ],
    ...[
      'influence',
      'memoryNeeded',
      'memoryToDraw',
      'pathNorms',
      'permutation',
      'predictMean',
      'predictMeanSync',
      'reachableSparsity',
      'slopes',
      'version',
      'words',
    ],
  ])
  t.strictSame(methods, [
    ...['compact', 'config', 'constructor', 'dispose', 'firstLayer', 'parameters', 'predict', 'predictSync', 'prune'],
    ...['setParameters', 'sparsity'],
  ])
})
