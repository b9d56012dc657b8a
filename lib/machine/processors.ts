import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'

let found: number | undefined

/**
 * Threads that can run at once: the processors this process may use, or fewer if its control groups grant it less time.
 * Newer versions of Node.js do the same. At least 1.
 */
export function processors(): number {
  found ??= Math.max(1, Math.min(availableParallelism(), Math.floor(cpuQuota())))
  return found
}

/**
 * CPU quota of the control groups of this process and of those above, in processors; Infinity without a limit. Version
 * 2 has `cpu.max`, version 1 `cpu.cfs_quota_us` and `cpu.cfs_period_us`.
 *
 * @param root where the file system begins.
 */
export function cpuQuota(root = '/'): number {
  const groups = read(join(root, 'proc/self/cgroup')).matchAll(/^\d+:(.*?):(.*)$/gm)
  return Math.min(Infinity, ...Array.from(groups, ([, controllers, path]) => quotaAbove(root, controllers, path)))
}

/** The least quota from the group up to the root of its hierarchy; in a container the file system begins within it. */
function quotaAbove(root: string, controllers: string, path: string): number {
  if (controllers !== '' && !controllers.split(',').includes('cpu')) return Infinity
  const quota = (folder: string) => {
    if (controllers === '') {
      const [time, period] = read(join(folder, 'cpu.max')).split(' ')
      return ratio(time, period)
    }
    return ratio(read(join(folder, 'cpu.cfs_quota_us')), read(join(folder, 'cpu.cfs_period_us')))
  }
  const mounts = controllers === '' ? ['', 'unified'] : [controllers, 'cpu']
  const paths = [path]
  while (paths[paths.length - 1] !== dirname(paths[paths.length - 1])) paths.push(dirname(paths[paths.length - 1]))
  const folders = mounts.flatMap((mount) => paths.map((each) => join(root, 'sys/fs/cgroup', mount, each)))
  return Math.min(...folders.map(quota))
}

/** "max", -1 and a missing value mean no limit. */
function ratio(quota: string, period = ''): number {
  const [time, of] = [Number(quota), Number(period)]
  return time > 0 && of > 0 ? time / of : Infinity
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
