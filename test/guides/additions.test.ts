import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot, runModule } from '../support/child.js'
import { type Additions, buildWith, compileOnHost } from '../support/copy-of-psilon.js'

/** Keeps lengths and biases within a limit after each step, in the files of an operation of the backend. */
const clamp: Additions = {
  'native/backend/operations.h': [
    [
      '/// All layers of a network whose weights are mostly zeros',
      `/// x_i = min(max(x_i, -limit), limit)
template <typename T>
struct Clamp {
  Index count;
  T* x;
  T limit;
};

`,
    ],
    ['  X(keep, Keep<T>)', '  X(clamp, Clamp<T>) \\\n'],
  ],
  'native/backend/cpu/adam.cpp': [
    [
      'template void CpuBackend<float>::adam(',
      `template <typename T>
void CpuBackend<T>::clamp(const Clamp<T>& op) {
  pool_.run(op.count, 8192, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; i++) op.x[i] = std::min(std::max(op.x[i], -op.limit), op.limit);
  });
}

template void CpuBackend<float>::clamp(const Clamp<float>&);
template void CpuBackend<double>::clamp(const Clamp<double>&);
`,
    ],
  ],
  'native/backend/cuda/adam.cu': [
    [
      '}  // namespace\n\ntemplate <typename T>',
      `template <typename T>
struct ClampElements {
  static constexpr int kThreads = kElementThreads;
  Clamp<T> op;

  __device__ void run() const {
    const Index i = own_element();
    if (i >= op.count) return;
    const T x = op.x[i];
    op.x[i] = x < -op.limit ? -op.limit : x > op.limit ? op.limit : x;
  }
};

`,
    ],
    [
      'template void CudaBackend<float>::adam(',
      `template <typename T>
void CudaBackend<T>::clamp(const Clamp<T>& op) {
  launch("clamp", by_elements(op.count), ClampElements<T>{op});
}

template void CudaBackend<float>::clamp(const Clamp<float>&);
template void CudaBackend<double>::clamp(const Clamp<double>&);
`,
    ],
  ],
  'native/training/adam.cpp': [
    [
      '}\n\ntemplate class AdamState<float>;',
      '  backend_.clamp({.count = vectors_.size(), .x = parameters_ + first, .limit = 8});\n',
    ],
  ],
}

/** The loss |f - y|, in the files that CONTRIBUTING.md names for a new loss. */
const mae: Additions = {
  'native/backend/losses.h': [
    ['Bce, Softmax };', 'Mae, '],
    ['    {"bce", Loss::Bce,', '    {"mae", Loss::Mae, Targets::Numbers, Link::None, false},\n'],
  ],
  'native/backend/loss_rows.h': [
    [
      'template <typename T>\nPSILON_HOST_AND_DEVICE double bce_row(',
      `template <typename T>
PSILON_HOST_AND_DEVICE double mae_row(const T* f, const T* y, Index outputs, T scale, T* df) {
  double total = 0;
  for (Index j = 0; j < outputs; j++) {
    const T error = f[j] - y[j];
    total += std::abs(static_cast<double>(error));
    if (df != nullptr) df[j] = scale / static_cast<T>(outputs) * (error < 0 ? T(-1) : T(1));
  }
  return total;
}

`,
    ],
    ['    case Loss::Bce:', '    case Loss::Mae:\n      return mae_row(f, y, outputs, scale, df);\n'],
  ],
  'lib/words.ts': [["  bce: { targets: 'prob", "  mae: { targets: 'numbers', link: 'none', squared: false },\n"]],
  'lib/estimators/held-out.ts': [['  bce: (f, y) =>', '  mae: (f, y) => Math.abs(f[0] - y),\n']],
}

/** A factor of the learning rate, in the files of an option that the core needs. */
const rateFactor: Additions = {
  'lib/fit/options.ts': [
    [
      '  /** Rows on which the loss is evaluated while',
      '  /** Factor of the learning rate. Above 0. Default 1. */\n  rateFactor?: number | undefined\n',
    ],
    [
      '  validation: {\n    kind: object(',
      `  rateFactor: {
    kind: number({ above: 0 }),
    default: 1,
    sentence: 'Factor of the learning rate.',
    flag: '--rate-factor <x>',
  },
`,
    ],
  ],
  'native/training/fit.h': [
    ['  Index validation_every;', '  double rate_factor;\n'],
    ['    visit("validationEvery"', '    visit("rateFactor", self.rate_factor);\n'],
  ],
  'native/training/progress.h': [['options_.learning_rate);', 'options_.rate_factor * ']],
}

/** I + |W_0| + |W_1| on the diagonal of a residual block, in the files of a bound. */
const loose: Additions = {
  'native/backend/operations.h': [
    [' };\ntemplate <>\ninline constexpr auto kWords<Bound>', ', Loose'],
    ['}});\n\n/// Path is the 1-path-norm', '}, {"loose", Bound::Loose'],
  ],
  'native/backend/path_row.h': [
    ['      case Bound::Improved:', '      case Bound::Loose:\n        return 1 + std::abs(a) + std::abs(b);\n'],
  ],
  'lib/words.ts': [['] as const\nexport type Bound', ", 'loose'"]],
}

/** Uses all four as users would, and prints what there is to see. */
const program = `
import { execFileSync } from 'node:child_process'
import { load, PsilonNet, PsilonRegressor, PsilonResNet } from './dist/index.js'
const x = Array.from({ length: 40 }, (_, i) => [Math.sin(i), Math.cos(3 * i)])
const y = x.map(([a, b]) => a - 2 * b)
const net = new PsilonNet({ inputs: 2, hidden: 8, depth: 2, seed: 1 })
const { epochs } = await net.fit({ x, y }, { loss: 'mae', epochs: 200, batchSize: 8, lambda: 0, validation: { x, y } })
const { data } = await net.predict(x)
const error = y.reduce((sum, target, i) => sum + Math.abs(data[i] - target) / y.length, 0)
const table = { a: x.map(([a]) => a), b: x.map(([, b]) => b), y }
const model = new PsilonRegressor({ preset: 'paper', loss: 'mae', lambda: 'auto', lambdas: [1e-3, 1e-2], epochs: 30, hidden: 4 })
const { search } = await model.fit(table, { target: 'y' })
await model.save('mae.safetensors')
const { loss } = (await load('mae.safetensors')).network
const refused = await net.predictProba(x).catch(({ message }) => message)
const rates = []
for (const rateFactor of [undefined, 0.5]) {
  const { epochs } = await net.fit({ x, y }, { epochs: 1, schedule: 'constant', learningRate: 0.01, rateFactor })
  rates.push(epochs[0].learningRate)
}
const outOfRange = await net.fit({ x, y }, { rateFactor: 0 }).catch(({ message }) => message)
const help = execFileSync(process.execPath, ['dist/cli/main.js', 'train', '--help'], { encoding: 'utf8' })
const resnet = new PsilonResNet({ inputs: 2, hidden: 8, depth: 3, seed: 1 })
await resnet.fit({ x, y }, { epochs: 50, batchSize: 8, lambda: 0 })
const norms = ['loose', 'original', 'improved'].map((bound) => resnet.pathNorm({ bound }))
const far = new PsilonNet({ inputs: 2, hidden: 8, depth: 2, seed: 1 })
await far.fit({ x, y: y.map(() => 1e3) }, { epochs: 20, batchSize: 8, learningRate: 1, schedule: 'constant', lambda: 0 })
const largest = Object.entries(far.parameters).map(([name, { data }]) => [name, Math.max(...data.map(Math.abs))])
const inspected = execFileSync(process.execPath, ['dist/cli/main.js', 'inspect', 'mae.safetensors'], { encoding: 'utf8' })
const [first, last] = [epochs[0].validationLoss, epochs.at(-1).validationLoss]
console.log(JSON.stringify({ first, last, error, search, loss, refused, rates, outOfRange, help, norms, inspected, largest }))
`

/** The items of a guide's numbered list of source files in CONTRIBUTING.md, each with its files, folders or patterns. */
function namedBy(title: string): string[][] {
  const guide = readFileSync(join(packageRoot, 'CONTRIBUTING.md'), 'utf8').split(`\n## ${title}\n`)[1].split('\n## ')[0]
  const [sources] = guide.split('The tests and documentation')
  return Array.from(sources.matchAll(/^\d\. (.*)$/gm), ([, item]) =>
    Array.from(item.matchAll(/(?:\]\(|`)((?:native|lib)\/[^)`]*)/g), ([, file]) => file),
  )
}

/** Whether a file is meant by a guide's pattern, such as `native/network/` or `native/backend/cpu/SUBJECT.cpp`. */
function isMeant(pattern: string, file: string): boolean {
  const [begin, end] = pattern.endsWith('/') ? [pattern, ''] : pattern.split('SUBJECT')
  return end === undefined ? file === pattern : file.startsWith(begin) && file.endsWith(end)
}

t.test('what is added as the guides say works like all that was there before', async (t) => {
  const all = [clamp, mae, rateFactor, loose].flatMap((additions) => Object.entries(additions))
  const files = [...new Set(all.map(([file]) => file))]
  const additions = files.map((file) => [file, all.flatMap(([other, added]) => (other === file ? added : []))] as const)
  const cwd = await buildWith('with-additions', Object.fromEntries(additions))
  const gpuSource = Object.keys(clamp).find((file) => file.endsWith('.cu')) as string
  const [{ code, stdout, stderr }, onGpu] = await Promise.all([
    runModule(program, { cwd }),
    compileOnHost(cwd, gpuSource),
  ])
  t.equal(stderr, '')
  t.equal(code, 0)
  const said = JSON.parse(stdout)

  t.test('a kernel, in at most five files', async (t) => {
    const files = Object.keys(clamp)
    const named = namedBy('Adding a kernel')
    t.ok(files.length <= 5)
    t.equal(files.length, named.length)
    for (const [k, patterns] of named.entries()) {
      t.ok(
        patterns.some((pattern) => isMeant(pattern, files[k])),
        `the guide names ${files[k]}: ${patterns.join(', ')}`,
      )
    }
    const vectors = said.largest
      .filter(([name]: [string]) => !/[.]v/.test(name))
      .map(([, size]: [string, number]) => size)
    t.equal(Math.max(...vectors), 8, 'lengths and biases stay within the limit')
    for (const number of ['f', 'd']) t.ok(onGpu.includes(`CudaBackendI${number}E5clamp`), 'it is there for GPUs')
  })

  t.test('a loss, in four files', async (t) => {
    t.strictSame(namedBy('Adding a loss').flat(), Object.keys(mae), 'the guide names these files')
    const { first, last, error, search, loss, refused } = said
    t.ok(last < first / 2, `the loss falls from ${first} to ${last}`)
    t.ok(Math.abs(error - last) < 1e-5, 'it is the mean of |f - y|')
    t.equal(search.length, 2)
    for (const { standardError } of search) t.ok(standardError > 0)
    t.equal(loss, 'mae')
    t.match(refused, 'the network was trained with the loss "mae", probabilities need "bce" or "softmax"')
  })

  t.test('an option of fit, in three files', async (t) => {
    t.equal(Object.keys(rateFactor).length, 3)
    const { rates, outOfRange, help } = said
    t.strictSame(rates, [0.01, 0.005])
    t.equal(outOfRange, '[fit] rateFactor must be a number above 0, got 0')
    t.match(help, /--rate-factor <x> +Factor of the learning rate\. Default 1\./)
  })

  t.test('a bound, in three files', async (t) => {
    t.strictSame(namedBy('Adding a bound').flat(), Object.keys(loose), 'the guide names these files')
    const { norms, inspected } = said
    t.ok(norms[0] > norms[2], `it is ${norms[0]}, the improved one ${norms[2]}`)
    t.match(inspected, /\(loose\)/)
  })
})
