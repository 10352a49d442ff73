/** What every call to the disk meets in turn: R14. */
export const diskFaults = [
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EACCES',
  'EPERM',
  'EROFS',
  'EMFILE',
  'short write',
  'power loss',
] as const
