import { spawnSync } from 'node:child_process'

const candidates = process.env.PYTHON === undefined ? ['python3', '/usr/bin/python3'] : [process.env.PYTHON]
const hasTorch = (python) => spawnSync(python, ['-c', 'import torch']).status === 0

/** `PYTHON` of the environment; else the first Python that has PyTorch: that on the PATH may not see the system's packages. */
export const python = candidates.find(hasTorch) ?? candidates[0]
