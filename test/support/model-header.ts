import { readFile, writeFile } from 'node:fs/promises'

/** The metadata of an estimator's file that are JSON. */
export interface ModelJson {
  config: Record<string, unknown>
  preprocessing: { columns: { name: string; levels?: string[]; encodings: [object, ...object[]] }[] }
  estimator: Record<string, unknown> & { coding: unknown[]; options: object }
}

export type MetadataChange = (metadata: Record<string, string>, json: ModelJson) => void

/** Copies a model file with its metadata changed. `json` holds the parsed entries that are JSON; they are written back. */
export async function withMetadata(from: string, to: string, change: MetadataChange): Promise<void> {
  const bytes = await readFile(from)
  const length = Number(bytes.readBigUInt64LE())
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length))
  const metadata: Record<string, string> = header.__metadata__
  const names = ['config', 'preprocessing', 'estimator'].filter((name) => name in metadata)
  const json = Object.fromEntries(names.map((name) => [name, JSON.parse(metadata[name] as string)]))
  change(metadata, json as ModelJson)
  for (const name of names) if (name in metadata && name in json) metadata[name] = JSON.stringify(json[name])
  const text = Buffer.from(JSON.stringify(header))
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(text.length))
  await writeFile(to, Buffer.concat([size, text, bytes.subarray(8 + length)]))
}
