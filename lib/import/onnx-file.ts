import { Refusal } from '../errors/refusal.js'
import { type GraphProto, type ModelProto, onnxSchema } from '../io/onnx-schema.js'
import type { RandomAccess } from '../io/random-access.js'
import { checkMemory, MemoryGauge } from '../machine/devices.js'
import { maxDepth, weighMessage } from './message-weight.js'

/** Of a message of protobuf. */
const maxBytes = 2 ** 31 - 1

/**
 * Reads an untrusted ONNX file. Nothing is built from its bytes before it is known how much memory that takes.
 *
 * @throws Refusal ERR_MODEL_FILE if it is not valid, ERR_MEMORY if it is too large.
 */
export async function readOnnx(file: RandomAccess): Promise<ModelProto & { graph: GraphProto }> {
  const { name, size } = file
  const fail = (what: string, cause?: unknown) => new Refusal('ERR_MODEL_FILE', `${name} ${what}`, { cause })
  if (size > maxBytes) throw fail(`has ${size} bytes, an ONNX file has at most ${maxBytes}`)
  checkMemory(size)
  const bytes = new Uint8Array(size)
  await file.read(bytes, 0)
  if (!(await file.unchanged())) throw fail('was changed while it was read')
  const other = 'is neither a safetensors nor an ONNX file, or it is damaged'
  const { graph, ...model } = decoded(bytes, name, (cause) => fail(other, cause))
  if (graph === undefined) throw fail(other)
  return { graph, ...model }
}

function decoded(bytes: Uint8Array, name: string, fail: (cause: unknown) => Refusal): ModelProto {
  const { protobuf, schema } = onnxSchema()
  try {
    weighMessage(schema.ModelProtoSchema, bytes, new MemoryGauge(name))
    return protobuf.fromBinary(schema.ModelProtoSchema, bytes, { readUnknownFields: false, recursionLimit: maxDepth })
  } catch (cause) {
    throw cause instanceof Refusal ? cause : fail(cause)
  }
}
