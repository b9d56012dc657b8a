import { PsilonNet, PsilonResNet } from 'psilon'
import t from 'tap'
import { Ensemble } from '#psilon/network/ensemble.js'
import { generator } from '../support/core.js'

/** Three classes of four inputs, the last of which says nothing. */
function rowsOf(count: number, seed: number) {
  const next = generator(seed)
  const x = Array.from({ length: count }, () => [next(), next(), next(), next()])
  const y = x.map(([a = 0, b = 0, c = 0]) => (a * b > 0.1 ? 2 : a - b > 0.3 * c ? 1 : 0))
  return { x, y }
}

for (const kind of [PsilonNet, PsilonResNet])
  for (const members of [1, 3])
    for (const within of [undefined, [0.5, 0, 2, 1]])
      t.test(`${members} ${kind.name}, ${within ?? 'radius'}: no level finds less than the one before`, async (t) => {
        const { x, y } = rowsOf(400, 1)
        const networks = Array.from(
          { length: members },
          (_, k) => new kind({ inputs: 4, hidden: 24, outputs: 3, seed: k }),
        )
        for (const network of networks) {
          await network.fit({ x, y }, { loss: 'softmax', epochs: 40, batchSize: 50, learningRate: 1e-2, lambda: 1e-3 })
        }
        const subject = members === 1 ? (networks[0] as PsilonNet) : new Ensemble(networks)
        const rows = rowsOf(250, 2).x
        const radii = (level: 'global' | 'local' | 'linear') =>
          subject.certify(rows, { level, within: within as never })
        const found = await Promise.all(
          (['global', 'local', 'linear'] as const).map(async (level) => await radii(level)),
        )
        const [global, local, linear] = found.map(({ radii }) => Array.from(radii)) as [number[], number[], number[]]
        rows.forEach((_, i) => {
          const levels = [global[i], local[i], linear[i]] as [number, number, number]
          if (!(levels[0] <= levels[1] && levels[1] <= levels[2])) t.fail(`row ${i}: ${levels}`)
        })
        const share = (of: number[], over: number[]) =>
          of.filter((radius, i) => radius > (over[i] as number)).length / 250
        t.ok(share(local, global) > 0.9, `local finds more in ${share(local, global)} of the rows`)
        t.ok(share(linear, local) > 0.5, `linear finds more in ${share(linear, local)} of the rows`)
      })
