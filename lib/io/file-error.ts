import { basename, dirname } from 'node:path'
import { Refusal } from '../errors/refusal.js'

const reasons: Record<string, string> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory, expected a file',
  ENOTDIR: 'a part of its path is not a directory',
  ENAMETOOLONG: 'its path is too long',
  ELOOP: 'its symbolic links form a loop',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'it would be larger than this process (ulimit -f) or the file system allows',
  EIO: 'the device reports an error',
  EROFS: 'the file system is read-only',
  ESPIPE: 'it is a pipe, expected a file',
  ENXIO: 'it is a socket or a pipe, expected a file',
  ETXTBSY: 'it is a program that is running',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
  ERR_INVALID_ARG_VALUE: 'its path contains a null byte',
}

/** An ERR_FILE that says why `path` could not be read, written or removed. A refusal stays what it is. */
export function fileError(action: 'read' | 'write' | 'remove', path: string, cause: unknown): Refusal {
  if (cause instanceof Refusal) return cause
  const { code, message } = cause as NodeJS.ErrnoException
  const folder = action === 'write' && code === 'ENOENT' ? `the folder ${dirname(path)} is missing` : undefined
  const reason = folder ?? ((code !== undefined && reasons[code]) || message || String(cause))
  return new Refusal('ERR_FILE', `cannot ${action} ${path}: ${reason}`, { cause })
}

export const fileName = (path: string): string => basename(path) || path
