/**
 * Makes psilon load this file in place of its addon.
 *
 * @param {string} file
 */
export function replaceAddon(file) {
  const open = process.dlopen
  process.dlopen = (module, asked, ...flags) => {
    return open.call(process, module, asked.endsWith('psilon.node') ? file : asked, ...flags)
  }
}
