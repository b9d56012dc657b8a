import { createRequire } from 'node:module'
import type * as Protobuf from '@bufbuild/protobuf'
import type * as Schema from '../../data/onnx/onnx-ml_pb.cjs'

const require = createRequire(import.meta.url)

/** The schema of ONNX and the library that writes its messages; loaded where they are needed, as that takes a while. */
export function onnxSchema(): { protobuf: typeof Protobuf; schema: typeof Schema } {
  return { protobuf: require('@bufbuild/protobuf'), schema: require('../../data/onnx/onnx-ml_pb.cjs') }
}

export type Message<Name extends MessageName> = Protobuf.MessageInitShape<(typeof Schema)[`${Name}Schema`]>
type MessageName = 'AttributeProto' | 'ModelProto' | 'NodeProto' | 'TensorProto' | 'ValueInfoProto'
