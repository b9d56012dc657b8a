/** npm run build:test-programs: what tests and benchmarks run besides the core. */
import { buildTargets } from './build-target.mjs'

buildTargets(
  [
    ...[
      'psilon_test_addon',
      'psilon_kernels',
      'psilon_cuda_host_tests',
      'psilon_cuda_kernels',
      'psilon_cuda_host_addon',
    ],
    ...['psilon_ptx_programs', 'psilon_gpu_programs'],
  ],
  'inherit',
)
