import { type NetworkConfig, type Parameters, PsilonNet, PsilonResNet } from 'psilon'

interface Member {
  config: NetworkConfig
  parameters: Parameters
}

/**
 * One network that is the mean of several: their weights in use, W_i = g_i v_i / n_i, as diagonal blocks that share the
 * inputs, and last layers side by side, divided by their number.
 */
export function blockNetwork(members: readonly Member[]): PsilonNet | PsilonResNet {
  const { kind, inputs, hidden, outputs } = (members[0] as Member).config
  const widths = hidden.map((width) => width * members.length)
  const shape = { inputs, outputs, normalization: 'none', dtype: 'float64' } as const
  const network =
    kind === 'mlp'
      ? new PsilonNet({ ...shape, hidden: widths })
      : new PsilonResNet({ ...shape, hidden: widths[0], depth: widths.length })
  const parameters = network.parameters
  for (const { data } of Object.values(parameters)) data.fill(0)
  members.forEach((member, m) => {
    for (let k = 0; k <= hidden.length; k++) placeBlock(parameters, member, { k, m, count: members.length })
  })
  network.setParameters(parameters)
  return network
}

function placeBlock(
  into: Parameters,
  { config, parameters }: Member,
  at: { k: number; m: number; count: number },
): void {
  const { k, m, count } = at
  const last = k === config.hidden.length
  const names = ['v', 'vPos', 'vNeg'].filter((name) => `layers.${k}.${name}` in parameters)
  const matrices = names.map((name) => parameters[`layers.${k}.${name}`] as Parameters[string])
  const [rows = 0, columns = 0] = (matrices[0] as Parameters[string]).shape
  const lengths = (parameters[`layers.${k}.g`] as Parameters[string]).data
  const biases = (parameters[`layers.${k}.b`] as Parameters[string]).data
  const share = last ? 1 / count : 1
  for (let i = 0; i < rows; i++) {
    let norm = 0
    for (let j = 0; j < columns; j++) {
      const sizes = matrices.map(({ data }) => Math.abs(data[i * columns + j] as number))
      norm += config.normalization === 'l2' ? Math.max(...sizes) ** 2 : Math.max(...sizes)
    }
    if (config.normalization === 'l2') norm = Math.sqrt(norm)
    const length = (lengths.length === 1 ? lengths[0] : lengths[i]) as number
    const row = last ? i : m * rows + i
    const from = k === 0 ? 0 : m * columns
    names.forEach((name, s) => {
      const { data, shape } = into[`layers.${k}.${name}`] as Parameters[string]
      for (let j = 0; j < columns; j++) {
        const value = (matrices[s] as Parameters[string]).data[i * columns + j] as number
        data[row * (shape[1] as number) + from + j] = (share * length * value) / norm
      }
    })
    const bias = (into[`layers.${k}.b`] as Parameters[string]).data
    bias[row] = (bias[row] as number) + share * (biases[i] as number)
  }
}
