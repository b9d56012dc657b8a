import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { isNonGlibcLinuxSync } from 'detect-libc'
import { onnxSchema } from '#psilon/io/onnx-schema.js'
import { packageRoot } from '../support/child.js'

/** ONNX Runtime, from a package of its own, which `npm run install:onnxruntime` installs. */

const folder = join(packageRoot, 'test', 'onnxruntime')
const runtime = join(folder, 'node_modules', 'onnxruntime-node')

function whyNot(): string | false {
  if (!existsSync(runtime)) return 'needs npm run install:onnxruntime'
  const { platform, arch } = process
  const exists = existsSync(join(runtime, 'bin', 'napi-v6', platform, arch)) && !isNonGlibcLinuxSync()
  return exists ? false : 'there is no ONNX Runtime for this system'
}

/** Why models cannot be run here; false if they can. */
export const noRuntime = whyNot()

export interface Tensor {
  type: string
  data: ArrayLike<unknown>
  dims: readonly number[]
}

export type Feeds = Record<string, Omit<Tensor, 'dims'> & { dims: number[] }>

export interface Model {
  inputs: { name: string; type: string; shape: (number | string)[] }[]
  outputs: { name: string; type: string; shape: (number | string)[] }[]
  run(feeds: Feeds): Promise<Record<string, Tensor>>
}

/** A model as ONNX Runtime has it. */
export async function opened(bytes: Uint8Array): Promise<Model> {
  const { InferenceSession, Tensor } = createRequire(join(folder, 'package.json'))('onnxruntime-node')
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 }) // errors are thrown
  return {
    inputs: session.inputMetadata,
    outputs: session.outputMetadata,
    run(feeds) {
      const entries = Object.entries(feeds).map(([name, { type, data, dims }]) => [name, new Tensor(type, data, dims)])
      return session.run(Object.fromEntries(entries))
    },
  }
}

/** What a file says about itself. */
export function factsOf(bytes: Uint8Array) {
  const { protobuf, schema } = onnxSchema()
  const { producerName, producerVersion, opsetImport, metadataProps } = protobuf.fromBinary(
    schema.ModelProtoSchema,
    bytes,
  )
  const metadata = Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]))
  const versions = Object.fromEntries(opsetImport.map(({ domain, version }) => [domain, Number(version)]))
  return { producerName, producerVersion, versions, metadata }
}
