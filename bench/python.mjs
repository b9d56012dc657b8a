import { spawnSync } from 'node:child_process'

const candidates = process.env.PYTHON === undefined ? ['python3', '/usr/bin/python3'] : [process.env.PYTHON]
/** @type {Map<string, string>} */
const found = new Map()

/**
 * `PYTHON` of the environment; else the first Python that has these modules: that on the PATH may not see the system's packages.
 *
 * @param {string} modules with commas between them
 */
export function pythonWith(modules) {
  const has = (python) => spawnSync(python, ['-c', `import ${modules}`]).status === 0
  const python = found.get(modules) ?? candidates.find(has) ?? candidates[0]
  found.set(modules, python)
  return python
}
