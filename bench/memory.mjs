import { native } from '#psilon/native.js'

/**
 * The core's count of the bytes it has allocated, where it keeps one.
 *
 * @returns {{ current: number, peak: number, reset(): void } | undefined}
 */
function counter() {
  try {
    const counts = /** @type {any} */ (native).memory()
    return typeof counts === 'object' ? counts : undefined
  } catch {
    return undefined // the function only knows the sizes of networks
  }
}

/** Most bytes that the core held at once while `work` ran, above what it held before; undefined where it does not count. */
export async function peakBytes(work) {
  const before = counter()
  if (before === undefined) return undefined
  before.reset()
  await work()
  return (counter()?.peak ?? 0) - before.current
}
