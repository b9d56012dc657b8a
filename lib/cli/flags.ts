/** What options of the library are called on the command line, where that is not their name with hyphens. */
const renamed: Record<string, string> = {
  'prune.sparsity': 'prune',
  'earlyStopping.patience': 'patience',
  'selection.folds': 'folds',
}

const known = [
  ...['target', 'ignore', 'categorical', 'scaling', 'hidden', 'depth', 'seed', 'lambda', 'lambdas', 'epochs'],
  ...['ensemble', 'lambdaRule', 'kind', 'normalization', 'dtype', 'classWeight'],
  ...['batchSize', 'learningRate', 'schedule', 'regularizer', 'projection', 'device', 'precision', 'threads'],
  ...['sparsity', 'scale', 'prune.scale', 'prune.from', 'prune.to', ...Object.keys(renamed)],
]

const sentences: [api: RegExp, flags: string][] = [
  [/categorical: \["([^\]]*)"\]/g, "--categorical '$1'"],
  [/ignore: \["([^\]]*)"\]/g, "--ignore '$1'"],
  [/read the table with decimal: "(.)"/g, 'say --decimal $1'],
  [/read the table with missing: \["(.*?)"\](?=; )/g, "say --missing '$1'"],
  [/(?<=--missing '[^']*)","/g, ','],
  [
    /^\[train\] selection is given without lambda "auto" or earlyStopping/,
    '[train] --folds is given without --lambda auto',
  ],
  [/^\[train\] earlyStopping decides on .*/, '[train] --patience decides on a held-out share, --folds has none'],
  [/^\[train\] pruning takes either sparsity or scale/, '[train] pruning takes either --prune or --prune-scale'],
  [/^\[prune\] pruning takes either sparsity or scale/, '[prune] pruning takes either --sparsity or --scale'],
  [/(?<=^\[train\] projection "every-step" and )prune/, '--prune'],
  [/(?<=^\[train\] depth is \d+, )hidden/, '--hidden'],
  [/(?<=^\[train\] lambdas is given, but )lambda is/, '--lambda is'],
  [/(?<=^\[train\] prune\.to is .*)prune\.from/, '--prune-from'],
]

/** The message of the library with flags in place of its options: `[train] --epochs must be an integer ..`. */
export function withFlags(message: string): string {
  const text = sentences.reduce((text, [api, flags]) => text.replace(api, flags), message)
  return text.replace(
    /^(\[(?:train|prune|fit)\] )([\w.]+)(?=(?:\[\d+\])? (?:must|is|needs|has|") ?)/,
    (all, head, name) => (known.includes(name) ? `${head}--${hyphened(renamed[name] ?? name)}` : all),
  )
}

const hyphened = (name: string) => name.replace('.', '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
