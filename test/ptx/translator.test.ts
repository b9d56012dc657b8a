import { spawnSync } from 'node:child_process'
import t from 'tap'
import { buildTarget } from '../support/build-target.mjs'
import { read } from './translator/read.mjs'
import { write } from './translator/write.mjs'

t.test('each form of instruction does what it does on a device', async (t) => {
  const { status, stdout, stderr } = spawnSync(buildTarget('psilon_ptx_tests'), { encoding: 'utf8' })
  t.match(stdout, /^[1-9]\d+ cases, 0 failed\n$/)
  t.strictSame({ status, stderr }, { status: 0, stderr: '' })
})

/** A kernel with this body, which begins at line 13. */
const kernel = (body: string, { parameter = '.param .align 8 .b8 k_param_0[8]', head = '' } = {}) => `.version 9.0
.target sm_80
.address_size 64
${head}
.visible .entry k(
\t${parameter}
)
{
\t.reg .pred %p<2>;
\t.reg .b32 %r<4>;
\t.reg .b64 %rd<2>;
\t.reg .f32 %f<2>;
${body}
\tret;
}
`
const translate = (ptx: string) => write([read('k.ptx', ptx)], 1)

t.test('what the translator knows is translated', async (t) => {
  t.match(translate(kernel('\tadd.s32 \t%r1, %r2, %r3;')), [/ r1_ = r2_ \+ r3_;/])
})

const refused = {
  'k.ptx:13: the translator does not know dp4a.s32.s32: dp4a.s32.s32': kernel('\tdp4a.s32.s32 %r1, %r2, %r3, %r1;'),
  'k.ptx:13: the translator does not know add.sat.s32: add.sat.s32': kernel('\tadd.sat.s32 %r1, %r2, %r3;'),
  'k.ptx:14: the translator does not know call.uni: call.uni': kernel('\n\tcall.uni f, (%r1);'),
  'k.ptx:13: add.s32 has 2 operands, expected 3: add.s32 %r1, %r2;': kernel('\tadd.s32 %r1, %r2;'),
  'k.ptx:13: %rd1 is a b64, not a u32: add.s32 %r1, %rd1, %r2;': kernel('\tadd.s32 %r1, %rd1, %r2;'),
  'k.ptx:13: %f1 is a f32, not a f64: add.f64 %f1, %f1, %f1;': kernel('\tadd.f64 %f1, %f1, %f1;'),
  'k.ptx:13: %r9 is not known: mov.u32 %r1, %r9;': kernel('\tmov.u32 %r1, %r9;'),
  'k.ptx:13: %clock.x is not known: mov.u32': kernel('\tmov.u32 %r1, %clock.x;'),
  'k.ptx:13: 4294967296 is no u32: add.s32': kernel('\tadd.s32 %r1, %r2, 4294967296;'),
  "k.ptx:13: a barrier that is not the block's: bar.sync 1;": kernel('\tbar.sync 1;'),
  'k.ptx:13: {%r1, %r2} has not 4 parts: ld.global.v4.u32': kernel('\tld.global.v4.u32 {%r1, %r2}, [%rd1];'),
  'k.ptx:13: not understood: .pragma "enable_smem_spilling"': kernel('\t.pragma "enable_smem_spilling";'),
  'k.ptx:4: not understood: .extern .shared .align 16 .b8 all[]': kernel('', {
    head: '.extern .shared .align 16 .b8 all[];',
  }),
  'k.ptx:9: k has not one structure: .reg .pred': kernel('', { parameter: '.param .u64 k_param_0' }),
}
for (const [message, ptx] of Object.entries(refused))
  t.test(`refused: ${message}`, async (t) => {
    t.throws(() => translate(ptx), { message: new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`) })
  })
