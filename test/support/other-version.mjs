// Makes sweeps on workers take psilon for another version: node --import ./test/support/other-version.mjs program.mjs
import { register } from 'node:module'

const hooks = `export const resolve = (name, context, next) =>
  name.endsWith('/version.js') && context.parentURL.includes('/sweep/')
    ? { url: 'data:text/javascript,export const version = "9.9.9"', shortCircuit: true }
    : next(name, context)`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)
