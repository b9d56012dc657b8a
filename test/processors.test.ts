import { availableParallelism } from 'node:os'
import t from 'tap'
import { cpuQuota, processors } from '#psilon/machine/processors.js'

const unlimited = { proc: { self: { cgroup: '0::/\n' } }, sys: { fs: { cgroup: { 'cpu.max': 'max 100000\n' } } } }

/** Version 1, with a group below the root of the cpu controller. */
function first(group: string, path: string, quota: string, folders: object) {
  const files = { 'cpu.cfs_quota_us': `${quota}\n`, 'cpu.cfs_period_us': '100000\n', ...folders }
  const cgroup = `9:name=systemd:${path}\n4:memory:/elsewhere\n2:${group}:${path}\n`
  return { proc: { self: { cgroup } }, sys: { fs: { cgroup: { [group]: files } } } }
}

t.test('processors are as many as the system offers, and no more than the quota', async (t) => {
  t.equal(processors(), Math.max(1, Math.min(availableParallelism(), Math.floor(cpuQuota()))))
})

t.test('without a limit, or without control groups, there is no quota', async (t) => {
  t.equal(cpuQuota(t.testdir({})), Infinity)
  t.equal(cpuQuota(t.testdir(unlimited)), Infinity)
  t.equal(cpuQuota(t.testdir(first('cpu', '/', '-1', {}))), Infinity)
})

t.test('version 2: the least of the group and those above it', async (t) => {
  const groups = (outer: string, inner: string) => ({
    proc: { self: { cgroup: '0::/outer/inner\n' } },
    sys: { fs: { cgroup: { outer: { 'cpu.max': outer, inner: { 'cpu.max': inner } } } } },
  })
  t.equal(cpuQuota(t.testdir(groups('300000 100000\n', 'max 100000\n'))), 3)
  t.equal(cpuQuota(t.testdir(groups('300000 100000\n', '50000 20000\n'))), 2.5)
  t.equal(cpuQuota(t.testdir(groups('max 100000\n', '50000 100000\n'))), 0.5)
})

t.test('version 2 in a container: its group is the root', async (t) => {
  const root = { ...unlimited, sys: { fs: { cgroup: { 'cpu.max': '150000 100000\n' } } } }
  t.equal(cpuQuota(t.testdir(root)), 1.5)
})

t.test('version 1: the group of the cpu controller', async (t) => {
  const own = { job: { 'cpu.cfs_quota_us': '200000\n', 'cpu.cfs_period_us': '100000\n' } }
  t.equal(cpuQuota(t.testdir(first('cpu,cpuacct', '/job', '-1', own))), 2)
  // a container whose own group is mounted as the root
  t.equal(cpuQuota(t.testdir(first('cpu', '/docker/0123', '400000', {}))), 4)
  t.equal(cpuQuota(t.testdir(first('cpuset', '/job', '400000', {}))), Infinity)
})
