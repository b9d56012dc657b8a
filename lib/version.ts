import { createRequire } from 'node:module'

/** The version of psilon. */
export const version: string = createRequire(import.meta.url)('../package.json').version
