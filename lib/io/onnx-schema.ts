import { createRequire } from 'node:module'
import type * as Protobuf from '@bufbuild/protobuf'
import type * as Wire from '@bufbuild/protobuf/wire'
import type * as Schema from '../../data/onnx/onnx-ml_pb.cjs'

export type { GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from '../../data/onnx/onnx-ml_pb.cjs'

const require = createRequire(import.meta.url)

let loaded: { protobuf: typeof Protobuf; wire: typeof Wire; schema: typeof Schema } | undefined

/** The schema of ONNX and the library of its messages; loaded when they are first needed, as that takes a while. */
export function onnxSchema(): NonNullable<typeof loaded> {
  loaded ??= {
    protobuf: require('@bufbuild/protobuf'),
    wire: require('@bufbuild/protobuf/wire'),
    schema: require('../../data/onnx/onnx-ml_pb.cjs'),
  }
  return loaded
}

/** What a message is written from. */
export type Message<Name extends MessageName> = Protobuf.MessageInitShape<(typeof Schema)[`${Name}Schema`]>
type MessageName = 'AttributeProto' | 'ModelProto' | 'NodeProto' | 'TensorProto' | 'ValueInfoProto'
