/** node translate.mjs OUT.cpp[,OUT.cpp ...] FILE.ptx ...: the kernels of all files as C++, in about equal parts. */
import { readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { PtxError, read } from './translator/read.mjs'
import { write } from './translator/write.mjs'

const [outputs = '', ...files] = process.argv.slice(2)
if (outputs === '' || files.length === 0) {
  console.error('usage: node translate.mjs OUT.cpp[,OUT.cpp ...] FILE.ptx ...')
  process.exit(2)
}
try {
  const names = outputs.split(',')
  const modules = files.map((file) => read(basename(file), readFileSync(file, 'utf8')))
  write(modules, names.length).forEach((text, i) => {
    writeFileSync(names[i], text)
  })
} catch (error) {
  if (!(error instanceof PtxError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
