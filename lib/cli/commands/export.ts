import { basename } from 'node:path'
import type { Command } from 'commander'
import { option, Refusal, words } from '../../errors/refusal.js'
import type { AnyModel } from '../../estimators/models.js'
import { type CExportOptions, cExportOptions, type JavaScriptOptions, javascriptOptions } from '../../export/options.js'
import { writeFile } from '../../io/write-file.js'
import { load } from '../../load.js'
import { checkOptions } from '../../options/option.js'
import { size } from '../../print.js'
import { checkOutput } from '../files/files.js'
import { addFlags, optionsOf } from '../flags/option-flags.js'
import { printDocument, printLines } from '../terminal/output.js'

const help = `
Each file predicts what the model does, preprocessing included, without psilon. Prune and compact a model first to make the
files small.

Examples:
  psilon export model.safetensors --js model.mjs
  psilon export small.safetensors --c model.h --name houses --bounds`

const codeOptions = { ...javascriptOptions, ...cExportOptions }

interface ExportFlags extends JavaScriptOptions, CExportOptions {
  js?: string
  c?: string
  onnx?: string
  json?: boolean
}

/** The forms, by their flag, with the options of each. */
const forms = {
  js: {
    usage: '--js <file>',
    sentence: 'File for a JavaScript module.',
    options: javascriptOptions,
    write: (model, options) => model.toJavaScript(options),
  },
  c: {
    usage: '--c <file>',
    sentence: 'File for a header in C99.',
    options: cExportOptions,
    write: (model, options) => model.toC(options),
  },
  onnx: { usage: '--onnx <file>', sentence: 'File for an ONNX model.', options: {}, write: (model) => model.toOnnx() },
} as const satisfies Record<
  string,
  { usage: string; sentence: string; options: object; write: (model: AnyModel, options: object) => string | Uint8Array }
>
type Form = keyof typeof forms

export function addTo(program: Command): void {
  const command = program
    .command('export')
    .summary('write a model as JavaScript, C or ONNX')
    .description('Write a model in forms that predict without psilon.')
    .argument('<model>', 'model file')
  for (const { usage, sentence } of Object.values(forms)) command.option(usage, sentence)
  addFlags(command, codeOptions)
    .option('--json', 'Print one JSON document.')
    .addHelpText('after', help)
    .action(exportModel)
}

async function exportModel(path: string, flags: ExportFlags): Promise<void> {
  const { json = false } = flags
  const wanted = (Object.keys(forms) as Form[]).flatMap((form) => {
    const file = flags[form]
    return file === undefined ? [] : [{ form, file }]
  })
  await checkFlags(path, flags, wanted)
  const model = await load(path)
  const files = []
  for (const { form, file } of wanted) {
    const { write, options } = forms[form]
    const content = write(model, optionsOf(flags, options))
    await writeFile(file, content)
    files.push({ form, file, bytes: Buffer.byteLength(content) })
  }
  if (json) return printDocument({ command: 'export', model: path, files })
  printLines(files.map(({ file, bytes }) => `${basename(path)} as ${file}: ${size(bytes)}`))
}

async function checkFlags(path: string, flags: ExportFlags, wanted: readonly { form: Form; file: string }[]) {
  const given = optionsOf(flags, codeOptions)
  checkOptions(codeOptions, given)
  if (wanted.length === 0) {
    throw new Refusal(
      'ERR_OPTION',
      words`nothing to write, expected ${option('js')}, ${option('c')} or ${option('onnx')}`,
    )
  }
  for (const name of Object.keys(given)) {
    const takers = (Object.keys(forms) as Form[]).filter((form) => name in forms[form].options)
    if (wanted.some(({ form }) => takers.includes(form))) continue
    const others = takers.length === 1 ? words`${option(takers[0])}` : words`${option('js')} or ${option('c')}`
    throw new Refusal('ERR_OPTION', words`${option(name)} is given without ${others}`)
  }
  const taken: Record<string, string> = { 'the model itself': path }
  for (const { form, file } of wanted) {
    await checkOutput(words`${option(form)} is ${file}`, file, taken)
    const same = wanted.find((other) => other.form !== form && other.file === file)
    if (same === undefined) continue
    throw new Refusal(
      'ERR_OPTION',
      words`${option(form)} and ${option(same.form)} are both ${file}, expected two files`,
    )
  }
}
