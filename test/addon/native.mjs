import { native as addon } from '#psilon/core/native.js'

/** With what tests and benchmarks alone call. */
export const native = /** @type {import('./types.js').TestNative} */ (addon)
if (!('evaluate' in native)) throw new Error('this process has the addon of users: import test/addon/use.mjs first')
