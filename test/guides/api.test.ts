import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { PsilonClassifier, PsilonNet } from 'psilon'
import t from 'tap'
import { allEstimatorOptions } from '#psilon/estimators/estimator-options.js'
import { fitOptions } from '#psilon/fit/options.js'
import { networkOptions } from '#psilon/network/options.js'
import { packageRoot, runModule } from '../support/child.js'

const [, section = ''] = readFileSync(join(packageRoot, 'docs', 'api.md'), 'utf8').split(
  '\n## Examples of every method and option\n',
)
const programs = Array.from(section.split('\n## ')[0]?.matchAll(/```js\n([\s\S]*?)```/g) ?? [], ([, code = '']) => code)

/** What objects of a class have, but for what only psilon itself calls. */
const inner = ['constructor', 'state', 'mean', 'firstLayer', 'logits', 'fitted', 'inputs', 'inputsNow', 'inputsOfTable']

function methodsOf({ prototype }: { prototype: object }): string[] {
  const names = new Set<string>()
  for (let each = prototype; each !== Object.prototype; each = Object.getPrototypeOf(each)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(each))) {
      if (typeof value === 'function' && !inner.includes(name)) names.add(name)
    }
  }
  return [...names]
}

const cases = [
  { title: 'an estimator', methods: methodsOf(PsilonClassifier), options: Object.keys(allEstimatorOptions) },
  {
    title: 'a network',
    methods: methodsOf(PsilonNet),
    options: [...Object.keys(networkOptions), ...Object.keys(fitOptions)],
  },
]

for (const [k, { title, methods, options }] of cases.entries()) {
  t.test(`the program of ${title} runs, and has all methods and options`, async (t) => {
    const [program = ''] = programs.slice(k)
    const cwd = t.testdir({})
    symlinkSync(join(packageRoot, 'data'), join(cwd, 'data'))
    const { code, stderr } = await runModule(program, { cwd })
    t.strictSame({ code, stderr }, { code: 0, stderr: '' })
    t.ok(methods.length > 15)
    for (const method of methods) t.match(program, new RegExp(`\\.${method}\\(`), method)
    for (const option of options) t.match(program, new RegExp(`\\b${option}\\b`), option)
  })
}
