import type { Command } from 'commander'
import { option, words } from '../../errors/refusal.js'
import { describeNetwork } from '../../network/describe.js'
import { importNetwork, importOptions } from '../../network/from-parameters.js'
import type { Loss, Normalization } from '../../words.js'
import { checkOutput, fileSize } from '../files/files.js'
import { flagOf } from '../flags/option-flags.js'
import { printDocument, printLines } from '../terminal/output.js'

const help = `
The file is an ONNX model, a chain of Gemm, or MatMul and Add, with Relu between them; or a safetensors file with the tensors
layers.K.v [out, in] and layers.K.b [out] of each layer K, from 0. The model can be inspected and exported, certified by the
API and, with --normalization l1, pruned.

Examples:
  psilon import network.onnx --out model.safetensors
  psilon import network.safetensors --loss softmax --out model.safetensors`

interface ImportFlags {
  normalization?: Normalization
  loss?: Loss
  out: string
  json?: boolean
}

export function addTo(program: Command): void {
  const command = program
    .command('import')
    .summary('make a model of a network that was trained elsewhere')
    .description('Make a model of a network that was trained elsewhere.')
    .argument('<parameters>', 'ONNX or safetensors file of the network')
  for (const declared of Object.values(importOptions)) command.addOption(flagOf(declared))
  command
    .requiredOption('--out <file>', 'File for the model, not the file of the parameters.')
    .option('--json', 'Print one JSON document.')
    .addHelpText('after', help)
    .action(importModel)
}

async function importModel(path: string, flags: ImportFlags): Promise<void> {
  const { normalization, loss, out, json = false } = flags
  await checkOutput(words`${option('out')} is ${out}`, out, { 'the file of the parameters': path })
  const network = await importNetwork(path, { normalization, loss })
  await network.save(out)
  const { config } = network
  if (json)
    return printDocument({ command: 'import', parameters: path, out, bytes: await fileSize(out), network: config })
  printLines([describeNetwork(config), `the model is in ${out}`])
}
