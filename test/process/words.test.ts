import t from 'tap'
import { native } from '#psilon/core/native.js'
import * as words from '#psilon/words.js'

const { lossTraits, lossesWith, regressionLosses, requestedDevices, ...lists } = words

t.test('the core and TypeScript list the same words, in the same order, with the same traits', async (t) => {
  const losses = Object.entries(lossTraits).map(([name, traits]) => ({ name, ...traits }))
  t.strictSame(native.words, { ...lists, losses })
  t.strictSame(Object.keys(native.words.losses[0]), Object.keys(losses[0]))
})

t.test('nobody can change the words of the core', async (t) => {
  t.ok(Object.isFrozen(native.words))
  for (const list of Object.values(native.words)) {
    t.ok(Object.isFrozen(list))
    for (const word of list) t.ok(Object.isFrozen(word))
  }
})

t.test('a refusal names the losses with a link', async (t) => {
  t.equal(lossesWith('sigmoid', 'softmax'), '"bce" or "softmax"')
  t.equal(lossesWith('none'), '"mse" or "huber"')
  t.strictSame(regressionLosses, ['mse', 'huber'])
})

t.test('every device may be asked for, or none in particular', async (t) => {
  t.strictSame(requestedDevices, ['auto', ...words.devices])
})
