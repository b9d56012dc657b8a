import { join } from 'node:path'
import t from 'tap'
import { runModule } from './support/child.js'
import { example, printsWhatItSays } from './support/readme.js'

t.test('the example prints what it says', async (t) => {
  const file = join(t.testdir({}), 'tumours.safetensors')
  const { code, stdout, stderr } = await runModule(example.replace("'tumours.safetensors'", JSON.stringify(file)))
  t.equal(code, 0, stderr)
  printsWhatItSays(t, stdout)
})
