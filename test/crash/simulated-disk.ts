/**
 * A disk in memory behind the calls of node:fs/promises that Mien uses. Like a real one it may forget, when the power
 * goes, whatever was not flushed: the content of files, and each change of names in folders. Only that a rename is
 * done whole or not at all is relied on.
 */

interface FileNode {
  readonly kind: 'file'
  readonly inode: number
  data: Buffer
  /** What was flushed; undefined if nothing ever was. */
  flushed: Buffer | undefined
  modified: number
}

interface FolderNode {
  readonly kind: 'folder'
  readonly inode: number
  names: Map<string, DiskNode>
  flushed: Map<string, DiskNode>
  modified: number
}

type DiskNode = FileNode | FolderNode

/** Names that change together; undefined takes one away. */
type NameChange = readonly {
  readonly folder: FolderNode
  readonly name: string
  readonly node: DiskNode | undefined
}[]

export interface SimulatedDisk {
  readonly root: FolderNode
  /** Changes of names that were not flushed, in order. */
  pending: NameChange[]
}

/** What becomes of that which was not flushed: nothing stays; names stay, contents do not; each by lot. */
export const fates = ['nothing', 'names', 'some'] as const
export type Fate = (typeof fates)[number]

let inodes = 0
let ticks = 0

/** Strictly ascending, so that two versions of a file never have one time. */
function moment(): number {
  ticks += 1
  return Date.now() + (ticks % 1000) / 1000
}

function folderNode(): FolderNode {
  return { kind: 'folder', inode: ++inodes, names: new Map(), flushed: new Map(), modified: moment() }
}

export function emptyDisk(): SimulatedDisk {
  return { root: folderNode(), pending: [] }
}

/** A disk of its own in the same state. */
export function clonedDisk(disk: SimulatedDisk): SimulatedDisk {
  const clones = new Map<DiskNode, DiskNode>()
  const clone = (node: DiskNode): DiskNode => {
    const known = clones.get(node)
    if (known !== undefined) return known
    if (node.kind === 'file') {
      // Contents are replaced, never changed in place.
      const file = { ...node }
      clones.set(node, file)
      return file
    }
    const folder: FolderNode = { ...node, names: new Map(), flushed: new Map() }
    clones.set(node, folder)
    for (const [name, child] of node.names) folder.names.set(name, clone(child))
    for (const [name, child] of node.flushed) folder.flushed.set(name, clone(child))
    return folder
  }
  return {
    root: clone(disk.root) as FolderNode,
    pending: disk.pending.map((change) =>
      change.map(({ folder, name, node }) => ({
        folder: clone(folder) as FolderNode,
        name,
        node: node && clone(node),
      })),
    ),
  }
}

/** The disk as it is found when the power is back. The disk given is used up. */
export function afterPowerLoss(disk: SimulatedDisk, fate: Fate, random: () => number): SimulatedDisk {
  for (const change of disk.pending) {
    if (fate === 'names' || (fate === 'some' && random() < 0.5)) applyFlushed(change)
  }
  const survive = (node: DiskNode): void => {
    if (node.kind === 'file') {
      node.data = fate === 'some' ? torn(node, random) : (node.flushed ?? Buffer.alloc(0))
      node.flushed = node.data
      return
    }
    node.names = new Map(node.flushed)
    for (const child of node.names.values()) survive(child)
  }
  survive(disk.root)
  return { root: disk.root, pending: [] }
}

function torn({ data, flushed }: FileNode, random: () => number): Buffer {
  if (flushed?.equals(data)) return data
  const lot = Math.floor(random() * 4)
  if (lot === 0) return flushed ?? Buffer.alloc(0)
  if (lot === 1) return Buffer.alloc(data.length)
  return lot === 2 ? data.subarray(0, Math.floor(random() * data.length)) : data
}

function applyFlushed(change: NameChange): void {
  for (const { folder, name, node } of change) {
    if (node === undefined) folder.flushed.delete(name)
    else folder.flushed.set(name, node)
  }
}

/** Flushes the names of a folder, and of others what changed together with them or must have come before. */
function flushNames(disk: SimulatedDisk, folder: FolderNode): void {
  const keyOf = ({ folder, name }: NameChange[number]) => `${folder.inode}/${name}`
  const needed = new Set<string>()
  const due = new Set<NameChange>()
  for (const change of [...disk.pending].reverse()) {
    if (!change.some((one) => one.folder === folder || needed.has(keyOf(one)))) continue
    due.add(change)
    for (const one of change) needed.add(keyOf(one))
  }
  for (const change of disk.pending) if (due.has(change)) applyFlushed(change)
  disk.pending = disk.pending.filter((change) => !due.has(change))
}

/** What the tests watch and disturb. */
export interface DiskControl {
  disk: SimulatedDisk
  /** Before each call; throws in its place, or lets a write take a part only. */
  meet(call: string): 'short' | undefined
}

function fault(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}

/** In place of node:fs/promises. */
export function simulatedCalls(control: DiskControl) {
  const partsOf = (path: string) => path.split('/').filter((part) => part !== '')

  function nodeAt(path: string): DiskNode {
    let node: DiskNode = control.disk.root
    for (const part of partsOf(path)) {
      if (node.kind !== 'folder') throw fault('ENOTDIR', path)
      const next = node.names.get(part)
      if (next === undefined) throw fault('ENOENT', path)
      node = next
    }
    return node
  }

  function placeOf(path: string): { readonly folder: FolderNode; readonly name: string } {
    const parts = partsOf(path)
    const name = parts.pop()
    const folder = nodeAt(parts.join('/'))
    if (folder.kind !== 'folder') throw fault('ENOTDIR', path)
    if (name === undefined) throw fault('EEXIST', path)
    if (Buffer.byteLength(name) > 255) throw fault('ENAMETOOLONG', path)
    return { folder, name }
  }

  function change(...changes: NameChange): void {
    for (const { folder, name, node } of changes) {
      if (node === undefined) folder.names.delete(name)
      else folder.names.set(name, node)
      folder.modified = moment()
    }
    control.disk.pending.push(changes)
  }

  function fileAt(path: string): FileNode {
    const node = nodeAt(path)
    if (node.kind !== 'file') throw fault('EISDIR', path)
    return node
  }

  function newFile(path: string, data: Buffer): FileNode {
    const { folder, name } = placeOf(path)
    if (folder.names.has(name)) throw fault('EEXIST', path)
    const node: FileNode = { kind: 'file', inode: ++inodes, data, flushed: undefined, modified: moment() }
    change({ folder, name, node })
    return node
  }

  const statusOf = (node: DiskNode) => ({
    size: node.kind === 'file' ? node.data.length : 4096,
    mtimeMs: node.modified,
    ino: node.inode,
    isFile: () => node.kind === 'file',
    isDirectory: () => node.kind === 'folder',
  })

  const handleOf = (node: DiskNode) => ({
    async write(bytes: Uint8Array, offset: number, length: number, position: number) {
      const taken = control.meet('write') === 'short' ? Math.ceil(length / 2) : length
      if (node.kind === 'folder') throw fault('EISDIR', '')
      const size = Math.max(node.data.length, position + taken)
      const next = Buffer.concat([node.data, Buffer.alloc(size - node.data.length)])
      next.set(bytes.subarray(offset, offset + taken), position)
      node.data = next
      node.modified = moment()
      return { bytesWritten: taken }
    },
    async sync() {
      control.meet('sync')
      if (node.kind === 'file') node.flushed = node.data
      else flushNames(control.disk, node)
    },
    async stat() {
      control.meet('fstat')
      return statusOf(node)
    },
    async close() {
      control.meet('close')
    },
  })

  const remove = (path: string) => {
    const { folder, name } = placeOf(path)
    const node = nodeAt(path)
    if (node.kind === 'folder' && node.names.size > 0) throw fault('ENOTEMPTY', path)
    change({ folder, name, node: undefined })
  }

  const removeAll = (path: string) => {
    const node = nodeAt(path)
    if (node.kind === 'folder') for (const name of [...node.names.keys()]) removeAll(`${path}/${name}`)
    remove(path)
  }

  const calls = {
    async access(path: string) {
      nodeAt(path)
    },
    async copyFile(from: string, to: string, flags: number) {
      if (flags === 0) throw fault('EINVAL', to)
      newFile(to, fileAt(from).data)
    },
    async link(from: string, to: string) {
      const node = fileAt(from)
      const { folder, name } = placeOf(to)
      if (folder.names.has(name)) throw fault('EEXIST', to)
      change({ folder, name, node })
    },
    async lstat(path: string) {
      return statusOf(nodeAt(path))
    },
    async stat(path: string) {
      return statusOf(nodeAt(path))
    },
    async mkdir(path: string) {
      const { folder, name } = placeOf(path)
      if (folder.names.has(name)) throw fault('EEXIST', path)
      change({ folder, name, node: folderNode() })
    },
    async open(path: string, flags: string) {
      return handleOf(flags === 'wx' ? newFile(path, Buffer.alloc(0)) : nodeAt(path))
    },
    async readdir(path: string) {
      const node = nodeAt(path)
      if (node.kind !== 'folder') throw fault('ENOTDIR', path)
      return [...node.names].map(([name, child]) => ({ name, ...statusOf(child) }))
    },
    async readFile(path: string, encoding?: BufferEncoding) {
      const { data } = fileAt(path)
      return encoding === undefined ? Buffer.from(data) : data.toString(encoding)
    },
    async rename(from: string, to: string) {
      const node = nodeAt(from)
      const [old, next] = [placeOf(from), placeOf(to)]
      const there = next.folder.names.get(next.name)
      // Two names of one file: nothing happens, as POSIX has it.
      if (there === node) return
      if (there?.kind === 'folder' && (node.kind === 'file' || there.names.size > 0))
        throw fault('ENOTEMPTY', to)
      change({ ...old, node: undefined }, { ...next, node })
    },
    async rm(path: string, { recursive, force }: { recursive?: boolean; force?: boolean } = {}) {
      try {
        if (recursive === true) removeAll(path)
        else if (nodeAt(path).kind === 'folder') throw fault('ERR_FS_EISDIR', path)
        else remove(path)
      } catch (cause) {
        if (force !== true || (cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
      }
    },
    async rmdir(path: string) {
      remove(path)
    },
    async statfs() {
      return { blocks: 2 ** 30, bavail: 2 ** 30, bsize: 4096 }
    },
    async unlink(path: string) {
      remove(path)
    },
    async utimes(path: string, _access: Date, modified: Date) {
      nodeAt(path).modified = modified.getTime()
    },
  }

  const met = Object.entries(calls).map(([name, call]) => [
    name,
    async (...args: unknown[]) => {
      control.meet(name)
      return (call as (...args: unknown[]) => Promise<unknown>)(...args)
    },
  ])
  return {
    ...(Object.fromEntries(met) as typeof calls),
    constants: { COPYFILE_EXCL: 1, COPYFILE_FICLONE: 2, R_OK: 4 },
  }
}

/** The paths of everything on the disk. */
export function pathsOn(disk: SimulatedDisk): readonly string[] {
  const below = (folder: FolderNode, path: string): string[] =>
    [...folder.names].flatMap(([name, node]) => [
      `${path}/${name}`,
      ...(node.kind === 'folder' ? below(node, `${path}/${name}`) : []),
    ])
  return below(disk.root, '')
}
