/** npm run bench:peers: installs the libraries from npm, and says how to get the others. */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

// No install scripts: that of onnxruntime-node would download what a processor has no use for.
const folder = fileURLToPath(new URL('peers', import.meta.url))
const { status } = spawnSync('npm', ['ci', '--ignore-scripts'], { cwd: folder, stdio: 'inherit' })
if (status === 0) {
  console.log(`
TensorFlow.js and ONNX Runtime are in ${folder}.
PyTorch comes from the system: apt-get install -y --no-install-recommends python3-torch libopenblas0-openmp`)
}
process.exitCode = status ?? 1
