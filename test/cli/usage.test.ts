import { writeFileSync } from 'node:fs'
import { PsilonNet, version } from 'psilon'
import t from 'tap'
import { bundled } from '../support/houses.js'
import { psilonInOneProcess } from './in-one-process.js'
import { psilon } from './run.js'

const commands = [
  'train',
  'predict',
  'evaluate',
  'inspect',
  'prune',
  'certify',
  'export',
  'import',
  'report',
  'sweep',
  'worker',
  'doctor',
]
const wine = bundled('wine.csv')

t.test('--version', async (t) => {
  t.strictSame(await psilon(['--version']), { code: 0, signal: null, stdout: `${version}\n`, stderr: '' })
})

t.test('--help names every command, and no other', async (t) => {
  const { code, stdout, stderr } = await psilon(['--help'])
  t.match({ code, stderr }, { code: 0, stderr: '' })
  const [, list = ''] = stdout.split('Commands:\n')
  const named = list.split('\n').flatMap((line) => /^ {2}(\w+)/.exec(line)?.[1] ?? [])
  t.strictSame(named, [...new Set(commands), 'help'])
})

t.test('every command has a help with its arguments and options', async (t) => {
  const ends = await psilonInOneProcess(commands.map((command) => [command, '--help']))
  for (const [k, command] of commands.entries()) {
    const { code, stdout, stderr } = ends[k]
    t.match({ code, stderr }, { code: 0, stderr: '' })
    t.match(stdout, new RegExp(`^Usage: psilon ${command} \\[options\\]`))
    t.match(stdout, /--json +[Pp]rint one JSON document/)
    if (command !== 'doctor') t.match(stdout, `Example`)
  }
})

t.test('the help of train gives no default that the preset decides', async (t) => {
  const { stdout } = await psilon(['train', '--help'])
  const flags = [
    'hidden',
    'depth',
    'lambda',
    'ensemble',
    'epochs',
    'batch-size',
    'learning-rate',
    'prune',
    'encoding',
    'folds',
  ]
  for (const flag of flags) {
    const [, after = ''] = stdout.split(`\n  --${flag} <`)
    const [text = ''] = after.split('\n  --')
    t.match(text.replace(/\s+/g, ' '), /Default that of the preset\.( \(choices|$)/, flag)
  }
})

t.test('without a command the help is printed on stderr', async (t) => {
  const { code, stdout, stderr } = await psilon([])
  t.strictSame({ code, stdout }, { code: 2, stdout: '' })
  t.match(stderr, /^Usage: psilon /)
})

const train = ['train', wine, '--target', 'target']
const first: [args: string[], message: string][] = [
  [['trian', 'x.csv'], "[psilon] unknown command 'trian'; did you mean train?"],
  [['sing', 'x.csv'], "[psilon] unknown command 'sing'"],
  [[...train, '--lamda', '1'], "[train] unknown option '--lamda'; did you mean --lambda?"],
]
const wrong: [args: string[], message: string][] = [
  [[...train, '--scaling', 'asinh'], '[train] --scaling has become --encoding: give --encoding asinh'],
  [['train', '--target', 'y'], "[train] missing required argument 'file'"],
  [['train', 'x.csv'], "[train] required option '--target <column>' not specified"],
  [['predict', 'm.safetensors'], "[predict] missing required argument 'file'"],
  [['inspect', 'a', 'b'], "[inspect] too many arguments for 'inspect'. Expected 1 argument but got 2."],
  [['prune', 'm.safetensors', '--sparsity', '0.5'], "[prune] required option '--out <file>' not specified"],
  [['prune', 'm', '--out', 'x'], '[prune] pruning takes either --sparsity or --scale, got neither'],
  [[...train, '--epochs', 'ten'], "[train] option '--epochs <n>' argument 'ten' is invalid. Expected a number."],
  [[...train, '--epochs', '1.5'], "[train] option '--epochs <n>' argument '1.5' is invalid. Expected an integer."],
  [
    [...train, '--lambda', 'best'],
    `[train] option '--lambda <strength>' argument 'best' is invalid. Expected a number or "auto".`,
  ],
  [
    [...train, '--kind', 'cnn'],
    "[train] option '--kind <kind>' argument 'cnn' is invalid. Allowed choices are mlp, resnet.",
  ],
  [[...train, '--epochs', '0'], '[train] --epochs must be an integer from 1 to 2147483647, got 0'],
  [
    [...train, '--preset', 'paper', '--folds', '3'],
    '[train] --folds is given, but there is nothing to choose: it holds out rows for --lambda auto or --patience',
  ],
  [
    [...train, '--preset', 'quick'],
    "[train] option '--preset <name>' argument 'quick' is invalid. Allowed choices are fast, balanced, best, paper.",
  ],
  [[...train, '--fold-repeats', '2'], '[train] --fold-repeats needs --folds, which is not given'],
  [
    [...train, '--prune', '0.5', '--prune-scale', 'raw'],
    '[train] pruning takes either --prune or --prune-scale, got both',
  ],
  [
    [...train, '--train-rows', '9', '--test', '0.1'],
    "[train] option '--train-rows <n>' cannot be used with option '--test <share>'",
  ],
  [
    [...train, '--patience', '3', '--folds', '3'],
    '[train] --patience needs a held-out share of the rows, which --folds does not give',
  ],
  [[...train, '--prune', '2'], '[train] --prune must be a number at least 0 and below 1, got 2'],
  [
    [...train, '--prune-scale', '2e6'],
    '[train] --prune-scale must be a number at least 1 and at most 1048576, got 2000000',
  ],
  [
    [...train, '--prune', '0.5', '--prune-to', '0.4'],
    '[train] --prune-to is 0.4, expected more than --prune-from, which is 0.5',
  ],
  [[...train, '--prune-from', '0.1'], '[train] pruning takes either --prune or --prune-scale, got neither'],
  [[...train, '--no-prune-restart'], '[train] pruning takes either --prune or --prune-scale, got neither'],
  [[...train, '--prune-to', '0.9'], '[train] pruning takes either --prune or --prune-scale, got neither'],
  [[...train, '--batch-size', '0'], '[train] --batch-size must be an integer from 1 to 2147483647, got 0'],
  [[...train, '--hidden', '4,0'], '[train] --hidden[1] must be an integer from 1 to 1000000, got 0'],
  [[...train, '--hidden', '4,3', '--depth', '3'], '[train] --depth is 3, --hidden has 2 widths'],
  [[...train, '--patience', '0'], '[train] --patience must be an integer from 1 to 2147483647, got 0'],
  [[...train, '--lambda', 'auto', '--folds', '1'], '[train] --folds must be an integer from 2 to 2147483647, got 1'],
  [[...train, '--lambda', '1', '--lambdas', '1,2'], '[train] --lambdas is given, but --lambda is 1, expected "auto"'],
  [
    [...train, '--lambda', 'auto', '--folds', '10000'],
    '[train] --folds is 10000, but only 142 rows are available to train on',
  ],
  [[...train, '--test', '.999'], '[train] --test is 0.999, which leaves none of 178 rows to train on'],
  [['prune', 'm', '--sparsity', '1', '--out', 'x'], '[prune] --sparsity must be a number above 0 and below 1, got 1'],
  [[...train, '--test', '1'], '[train] --test is 1, expected a share from 0 to below 1'],
  [
    [...train, '--train-rows', '177'],
    '[train] --train-rows is 177, expected 1 to 176, so that a test and a validation row are left of 178 rows',
  ],
  [
    [...train, '--task', 'regression', '--class-weight', 'balanced'],
    '[train] --class-weight is not an option of regression',
  ],
  [[...train, '--target-transform', 'log'], '[train] --target-transform is not an option of classification'],
  [
    ['train', wine, '--target', 'hue', '--target-transform', 'sqrt'],
    "[train] option '--target-transform <name>' argument 'sqrt' is invalid. Allowed choices are none, log, log1p.",
  ],
  [
    ['train', wine, '--target', 'alcohl'],
    '[train] --target "alcohl" is not a column of the table; did you mean "alcohol"?',
  ],
  [
    [...train, '--seed', '1e400'],
    "[train] option '--seed <seed>' argument '1e400' is invalid. Expected a number below 1.8e308 in magnitude.",
  ],
  [
    [...train, '--seed', '9007199254740993'],
    "[train] option '--seed <seed>' argument '9007199254740993' is invalid. Expected an integer of at most 9007199254740991 in magnitude.",
  ],
  [[...train, '--threads', '0'], '[train] --threads must be an integer from 1 to 256, got 0'],
  [[...train, '--epochs', '1e10'], '[train] --epochs must be an integer from 1 to 2147483647, got 10000000000'],
  [[...train, '--ensemble', '0'], '[train] --ensemble must be an integer from 1 to 1000, got 0'],
  [[...train, '--out', wine], `[train] --out ${wine} writes ${wine}, which is the table, expected another file`],
  [[...train, '--ignore', 'huey'], '[train] --ignore "huey" is not a column of the table; did you mean "hue"?'],
]

t.test('wrong usage is exit code 2 and one line on stderr', async (t) => {
  const ends = [
    ...(await Promise.all(first.map(([args]) => psilon(args)))),
    ...(await psilonInOneProcess(wrong.map(([args]) => args))),
  ]
  for (const [k, [args, message]] of [...first, ...wrong].entries()) {
    const expected = { code: 2, signal: null, stdout: '', stderr: `psilon: ${message}\n` }
    t.strictSame(ends[k], expected, args.join(' '))
  }
})

t.test('wrong usage with --json is a document on stdout', async (t) => {
  const { code, stdout, stderr } = await psilon([...train, '--json', '--lamda', '1'])
  const error = { code: 'ERR_OPTION', message: "[train] unknown option '--lamda'; did you mean --lambda?" }
  t.strictSame({ code, stderr, document: JSON.parse(stdout) }, { code: 2, stderr: '', document: { error } })
})

t.test('reproduce says where it went, whatever is given to it', async (t) => {
  const message = "[reproduce] the paper's experiments run in a clone of psilon: npm run reproduce -- tabular --quick"
  for (const args of [[], ['tabular', '--quick', '--data', 'tables'], ['--help']]) {
    const expected = { code: 2, signal: null, stdout: '', stderr: `psilon: ${message}\n` }
    t.strictSame(await psilon(['reproduce', ...args]), expected, args.join(' '))
  }
  const { code, stdout, stderr } = await psilon(['reproduce', 'deep', '--json'])
  const error = { code: 'ERR_OPTION', message }
  t.strictSame({ code, stderr, document: JSON.parse(stdout) }, { code: 2, stderr: '', document: { error } })
})

t.test('failures are exit code 1 and one line on stderr', async (t) => {
  const folder = t.testdir({
    'empty.csv': '',
    'text.csv': 'a,y\n1,1\n2,2.5\nx,3\n4,4\n5,5\n6,9\n',
    'torn.safetensors': 'not a model',
  })
  await new PsilonNet({ inputs: 2, hidden: 4, depth: 1 }).save(`${folder}/net.safetensors`)
  const failures: [args: string[], message: RegExp | string][] = [
    [['train', 'none.csv', '--target', 'y'], '[train] cannot read none.csv: no such file'],
    [['train', 'empty.csv', '--target', 'y'], '[train] empty.csv is empty, expected a header row'],
    [
      ['train', 'text.csv', '--target', 'y', '--test', '0'],
      '[train] column "a" has 1 of 6 cells that are not numbers: "x" (line 4 of text.csv); if they mean a missing value, read the ' +
        "table with --missing 'NA,N/A,NaN,null,?,x'; if it holds categories, say --categorical 'a'; or leave it out with --ignore 'a'",
    ],
    [['train', wine, '--target', 'hue', '--out', 'no/m'], '[train] cannot write no/m: the folder no is missing'],
    [['train', wine, '--target', 'hue', '--out', '.'], '[train] cannot write .: it is not a regular file'],
    [['train', wine, '--target', 'hue', '--device', 'cuda', '--quiet'], /^\[fit\] --device "cuda" cannot be used: /],
    [
      ['train', wine, '--target', 'hue', '--precision', 'tf32', '--quiet'],
      /^\[fit\] --precision "tf32" needs a GPU, the device is/,
    ],
    [['predict', 'none.safetensors', wine], '[load] cannot read none.safetensors: no such file'],
    [['inspect', 'torn.safetensors'], /^\[load\] .*torn\.safetensors/],
    [
      ['predict', 'net.safetensors', wine],
      /^\[predict\] net.safetensors holds a bare network, expected a model that was/,
    ],
    [
      ['prune', 'net.safetensors', '--sparsity', '0.2', '--out', 'x', '--table', wine],
      '[prune] --table is given, but net.safetensors holds a bare network, which cannot read tables',
    ],
    [['prune', 'net.safetensors', '--sparsity', '0.99', '--out', 'x'], /^\[prune\] sparsity 99 % cannot be reached: /],
  ]
  const inFolder = { cwd: folder, env: { CUDA_VISIBLE_DEVICES: '' } }
  const ends = await psilonInOneProcess(
    failures.map(([args]) => args),
    inFolder,
  )
  for (const [k, [args, message]] of failures.entries()) {
    const { code, stdout, stderr } = ends[k]
    t.strictSame({ code, stdout }, { code: 1, stdout: '' }, args.join(' '))
    t.match(stderr, /^psilon: .*\n$/)
    t.match(stderr.slice('psilon: '.length, -1), message)
  }
})

t.test('what is no table is called what it is, before it is read', async (t) => {
  const zip = 'PK\x03\x04\x14\0\0\0\b\0\0\0'
  const files: [name: string, bytes: string, message: string][] = [
    [
      'a.xlsx',
      `${zip}[Content_Types].xml`,
      'is an Excel workbook, expected a CSV or Parquet file; save the sheet as CSV',
    ],
    ['b.zip', `${zip}b.csv`, 'is a zip archive, expected a CSV or Parquet file; unpack it; only gzip is read directly'],
    [
      'a.xls',
      '\xd0\xcf\x11\xe0\xa1\xb1',
      'is an Excel workbook, expected a CSV or Parquet file; save the sheet as CSV',
    ],
    ['a.db', 'SQLite format 3\0', 'is an SQLite database, expected a CSV or Parquet file; save the table as CSV'],
    ['a.json', '[{"x":1}]', 'is a JSON text, expected a CSV or Parquet file; save the table as CSV'],
    ['a.csv', 'x,y\n1,\0\x01', 'is not text, expected a CSV or Parquet file; save the table as CSV'],
  ]
  const cwd = t.testdir()
  await new PsilonNet({ inputs: 2, hidden: 4, depth: 1 }).save(`${cwd}/net.safetensors`)
  for (const [name, bytes] of files) writeFileSync(`${cwd}/${name}`, Buffer.from(bytes, 'latin1'))
  const calls = files.flatMap(([name, , message]) => [
    { args: ['train', name, '--target', 'y'], said: `[train] ${name} ${message}` },
    { args: ['predict', 'net.safetensors', name], said: `[predict] ${name} ${message}` },
  ])
  const ends = await psilonInOneProcess(
    calls.map(({ args }) => args),
    { cwd },
  )
  for (const [k, { said }] of calls.entries()) {
    t.strictSame(ends[k], { code: 1, signal: null, stdout: '', stderr: `psilon: ${said}\n` })
  }
  t.match(await psilon(['train', 'net.safetensors', '--target', 'y'], { cwd }), {
    code: 1,
    stderr:
      'psilon: [train] net.safetensors is a model file, expected a CSV or Parquet file; give the table that the model should read\n',
  })
  t.match(await psilon(['evaluate', wine, 'net.safetensors'], { cwd }), {
    code: 2,
    stderr: `psilon: [evaluate] net.safetensors is a model file and wine.csv is not, expected the model first: psilon evaluate net.safetensors ${wine}\n`,
  })
})

t.test('a failure with --json is a document on stdout', async (t) => {
  const { code, stdout, stderr } = await psilon(['predict', 'none', wine, '--json'])
  const error = { code: 'ERR_FILE', message: '[load] cannot read none: no such file' }
  t.strictSame({ code, stderr, document: JSON.parse(stdout) }, { code: 1, stderr: '', document: { error } })
})

t.test('the stack is printed with PSILON_DEBUG only', async (t) => {
  const args = ['predict', 'none', wine]
  t.notMatch((await psilon(args)).stderr, /\n +at /)
  t.match((await psilon(args, { env: { PSILON_DEBUG: '1' } })).stderr, /\n +at /)
})
