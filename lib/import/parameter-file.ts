import type { Tensor } from '../core/native.js'
import { placed, Refusal } from '../errors/refusal.js'
import { contentKind, onnxKind } from '../io/content-kind.js'
import { type FileOrBytes, openBytes, type RandomAccess } from '../io/random-access.js'
import { beginsAsSafetensors, safetensorsIn } from '../io/safetensors.js'
import type { Loss } from '../words.js'
import { readOnnx } from './onnx-file.js'
import { followGraph } from './onnx-graph.js'
import { parametersOfLayers } from './onnx-parameters.js'

/** The parameters of a network that was trained elsewhere, by their names here: `layers.K.v`, `layers.K.b` and so on. */
export interface ParameterFile {
  /** Of the file, in messages. */
  name: string
  tensors: ReadonlyMap<string, Tensor>
  /** The loss that the file shows, or null. */
  loss: Loss | null
}

/** Bytes at the beginning that tell files apart. */
const sniffed = 256

/**
 * Reads an untrusted safetensors or ONNX file; its content says which it is. Nobody has checked names, shapes and numbers
 * of a safetensors file; those of an ONNX file are the layers of a network.
 *
 * @throws Refusal ERR_FILE if it cannot be read, ERR_MODEL_FILE if it is not valid, ERR_UNSUPPORTED for an ONNX model that
 * is no such network, ERR_MEMORY, ERR_OPTION for something other than a file or bytes.
 */
export async function readParameters(source: FileOrBytes): Promise<ParameterFile> {
  const file = await openBytes(source)
  try {
    const start = Buffer.alloc(Math.min(file.size, sniffed))
    await file.read(start, 0)
    return beginsAsSafetensors(start) ? await fromSafetensors(file) : await fromOnnx(file, start)
  } finally {
    await file.close()
  }
}

async function fromSafetensors(file: RandomAccess): Promise<ParameterFile> {
  const { read } = await safetensorsIn(file)
  const tensors = Array.from(await read(), ([name, { shape, data }]): [string, Tensor] => [
    name,
    { shape: [...shape], data },
  ])
  return { name: file.name, tensors: new Map(tensors), loss: null }
}

async function fromOnnx(file: RandomAccess, start: Buffer): Promise<ParameterFile> {
  const { name } = file
  const kind = contentKind(start)
  if (kind !== undefined && kind !== onnxKind) {
    throw new Refusal('ERR_MODEL_FILE', `${name} is ${kind}, expected a safetensors or an ONNX file of a network`)
  }
  const { layers, loss } = followGraph(await readOnnx(file), name)
  const tensors = await parametersOfLayers(layers, file).catch((error) => {
    throw placed(error, name)
  })
  return { name, tensors, loss }
}
