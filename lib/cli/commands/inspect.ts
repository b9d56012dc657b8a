import type { Command } from 'commander'
import { sum } from 'd3-array'
import type { LayerSparsity } from '../../core/native.js'
import { PsilonClassifier } from '../../estimators/classifier.js'
import { type AnyModel, isEstimator, type Model, networksOf } from '../../estimators/models.js'
import { PsilonRegressor } from '../../estimators/regressor.js'
import { encodingText } from '../../estimators/summary.js'
import { load } from '../../load.js'
import { describeNetwork } from '../../network/describe.js'
import { countParameters } from '../../network/parameters.js'
import { aligned, facts, figure, listed, percent, size } from '../../print.js'
import { pathNorms } from '../../report/charts/smoothness.js'
import { lipschitzText } from '../../report/run-page.js'
import { fileSize } from '../files/files.js'
import { printDocument, printLines } from '../terminal/output.js'

const help = `
The influence of a column bounds how far it can move a prediction: per unit and per standard deviation of a numeric
column, and from any level to any other of a categorical column. For two classes it moves the logarithm of the odds.

Example:
  psilon inspect model.safetensors`

export function addTo(program: Command): void {
  program
    .command('inspect')
    .summary('describe a model: size, smoothness, sparsity')
    .description('Describe a model: its size, path norm, the sparsity of each layer, and the influence of each column.')
    .argument('<model>', 'model file')
    .option('--json', 'Print one JSON document.')
    .addHelpText('after', help)
    .action(inspect)
}

async function inspect(path: string, { json = false }: { json?: boolean }): Promise<void> {
  const facts = await factsOf(await load(path), path)
  if (json) printDocument({ command: 'inspect', ...facts })
  else printLines([...summaryLines(facts), '', ...sparsityLines(facts), ...influenceLines(facts)])
}

type Facts = Awaited<ReturnType<typeof factsOf>>

async function factsOf(model: AnyModel, path: string) {
  const networks = networksOf(model)
  const { config, loss, seed } = networks[0]
  return {
    model: path,
    bytes: await fileSize(path),
    members: networks.length,
    network: config,
    parameters: sum(networks, ({ config }) => countParameters(config)),
    seed,
    loss,
    pathNorm: pathNorms(model),
    lipschitz: model.lipschitz(),
    sparsity: model.sparsity(),
    estimator: isEstimator(model) ? estimatorFacts(model) : null,
  }
}

function estimatorFacts(model: Model) {
  const { target, lambda, options, encodings, features } = model
  const columns = model.influence().map(({ column, kind, deviation = null, ...influence }) => {
    const own = features.filter((feature) => feature.column === column)
    const levels = own.filter((feature) => feature.kind === 'level').map(({ name }) => name.slice(column.length + 1))
    return {
      column,
      kind,
      deviation,
      levels: kind === 'numeric' ? null : levels,
      influence,
    }
  })
  const classes = model instanceof PsilonClassifier ? model.classes : null
  return {
    task: classes === null ? 'regression' : 'classification',
    target,
    learned: model instanceof PsilonRegressor ? model.learned.text : null,
    classes,
    lambda,
    options,
    encodings,
    columns,
  }
}

function summaryLines({ members, loss, estimator, ...model }: Facts): string[] {
  const norms = Object.entries(model.pathNorm).map(([bound, norm]) => `${figure(norm)} (${bound})`)
  const classes = estimator?.classes ? `: ${listed(estimator.classes.map(String))}` : ''
  const lambda = estimator ? `lambda ${estimator.lambda}, ` : ''
  return facts([
    ['file', `${model.model}, ${size(model.bytes)}`],
    ['predicts', estimator === null ? '' : `${estimator.target}, ${estimator.task}${classes}`],
    ['network', `${members > 1 ? `mean of ${members} networks, the first: ` : ''}${describeNetwork(model.network)}`],
    ['parameters', model.parameters.toLocaleString('en-US')],
    ['encoding', estimator === null ? '' : encodingText(estimator.encodings)],
    ['trained', loss === null ? 'not yet' : `loss ${loss}, ${lambda}seed ${model.seed}`],
    ['path norm', norms.join(', ')],
    ['Lipschitz', lipschitzText(model.lipschitz)],
    ['kernels', model.sparsity.sparseKernels ? 'sparse: predictions skip the zeros' : 'dense'],
  ])
}

function sparsityLines({ sparsity }: Facts): string[] {
  const cells = ({ near, exact, projected }: LayerSparsity) =>
    [near, exact, projected].map((share) => (share === null ? '' : percent(share)))
  return aligned([
    ['sparsity', 'near', 'exact', 'projected'],
    ...sparsity.layers.map((layer, k) => [`layer ${k}`, ...cells(layer)]),
    ['mean', ...cells(sparsity)],
  ])
}

/** Columns whose influence is printed, most influential first. */
const maxColumns = 50

function influenceLines({ estimator }: Facts): string[] {
  if (estimator === null) return []
  const { columns, learned, target } = estimator
  const title = learned === null || learned === target ? 'influence' : `influence on ${learned}`
  const more = columns.length - maxColumns
  const rows = columns.slice(0, maxColumns).map(({ column, deviation, levels, influence }) => {
    const { bound, standardized } = influence
    return deviation === null
      ? [column, `${levels?.length} levels`, '', '', figure(bound)]
      : [column, `deviation ${figure(deviation)}`, figure(bound), figure(standardized), '']
  })
  const rest = more > 0 ? [`and ${more.toLocaleString('en-US')} more, of less influence; --json has all`] : []
  return ['', ...aligned([[title, '', 'per unit', 'per deviation', 'of any change'], ...rows]), ...rest]
}
