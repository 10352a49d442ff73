import { memorySource } from './byte-source.ts'
import { limits } from './limits.ts'
import { type Argument, simplest } from './pickle-arguments.ts'
import type { OpcodeName } from './pickle-opcodes.ts'
import { resolveGlobal } from './pickle-resolve.ts'
import type { PickleState } from './pickle-state.ts'
import {
  depthOf,
  PersistentId,
  PickleBytes,
  PickleCall,
  PickleDict,
  PickleGlobal,
  PickleList,
  PickleSet,
  PickleTuple,
  type PickleValue,
} from './pickle-values.ts'

/** What an opcode does to the machine; the argument has the type that the opcode table says. */
export type Handler = (m: PickleState, argument: Argument) => void

const push: Handler = (m, argument) => m.push(argument as PickleValue)
const constant =
  (value: PickleValue): Handler =>
  (m) =>
    m.push(value)
const noExtensions: Handler = (m, argument) => {
  throw m.forbidden('uses an extension code, which names a global in secret', `extension ${argument}`)
}
const noBuffers: Handler = (m) => {
  throw m.fault('expects buffers from outside the file')
}

/** The meaning of every opcode but STOP. Values are taken and pushed as in CPython's unpickler, but stay inert. */
export const handlers: Readonly<Record<Exclude<OpcodeName, 'STOP'>, Handler>> = {
  PROTO: (m, version) => {
    if ((version as number) > 5) throw m.fault(`is of protocol ${version}, which does not exist`)
  },
  FRAME: (m, length) => m.frame(length as number),
  MARK: (m) => m.mark(),
  POP: (m) => {
    // As in CPython: a POP right behind a MARK takes the mark.
    if (m.stack.length === m.marks.at(-1)) m.marks.pop()
    else m.pop()
  },
  POP_MARK: (m) => void m.popMark(),
  DUP: (m) => m.push(m.top()),

  NONE: constant(null),
  NEWTRUE: constant(true),
  NEWFALSE: constant(false),
  BININT: push,
  BININT1: push,
  BININT2: push,
  BINFLOAT: push,
  LONG1: push,
  LONG4: push,
  INT: (m, line) => {
    if (line === '00' || line === '01') m.push(line === '01')
    else m.push(integer(m, line as string))
  },
  LONG: (m, line) => m.push(integer(m, (line as string).replace(/L$/, ''))),
  FLOAT: (m, line) => {
    const text = (line as string).trim()
    const special: Record<string, number> = { inf: Infinity, '-inf': -Infinity, nan: Number.NaN }
    if (!(text in special) && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
      throw m.fault('has a malformed number')
    }
    m.push(special[text] ?? Number(text))
  },
  STRING: push,
  BINSTRING: push,
  SHORT_BINSTRING: push,
  UNICODE: push,
  BINUNICODE: push,
  SHORT_BINUNICODE: push,
  BINUNICODE8: push,
  BINBYTES: push,
  SHORT_BINBYTES: push,
  BINBYTES8: push,
  BYTEARRAY8: push,
  NEXT_BUFFER: noBuffers,
  READONLY_BUFFER: noBuffers,

  EMPTY_TUPLE: (m) => tuple(m, []),
  TUPLE: (m) => tuple(m, m.popMark()),
  TUPLE1: (m) => tuple(m, [m.pop()]),
  TUPLE2: (m) => tuple(m, popSeveral(m, 2)),
  TUPLE3: (m) => tuple(m, popSeveral(m, 3)),
  EMPTY_LIST: (m) => m.push(m.made(new PickleList())),
  LIST: (m) => {
    const items = m.popMark()
    const list = m.made(new PickleList())
    append(m, list, items)
    m.push(list)
  },
  APPEND: (m) => {
    const item = m.pop()
    append(m, m.top(), [item])
  },
  APPENDS: (m) => {
    const items = m.popMark()
    append(m, m.top(), items)
  },
  EMPTY_DICT: (m) => m.push(m.made(new PickleDict())),
  DICT: (m) => {
    const items = m.popMark()
    const dict = m.made(new PickleDict())
    setItems(m, dict, items)
    m.push(dict)
  },
  SETITEM: (m) => {
    const items = popSeveral(m, 2)
    setItems(m, m.top(), items)
  },
  SETITEMS: (m) => {
    const items = m.popMark()
    setItems(m, m.top(), items)
  },
  EMPTY_SET: (m) => m.push(m.made(new PickleSet())),
  ADDITEMS: (m) => {
    const items = m.popMark()
    addItems(m, m.top(), items)
  },
  FROZENSET: (m) => {
    const items = m.popMark()
    const set = m.made(new PickleSet())
    addItems(m, set, items)
    m.push(set)
  },

  GET: (m, line) => recall(m, index(m, line as string)),
  BINGET: (m, key) => recall(m, key as number),
  LONG_BINGET: (m, key) => recall(m, key as number),
  PUT: (m, line) => remember(m, index(m, line as string)),
  BINPUT: (m, key) => remember(m, key as number),
  LONG_BINPUT: (m, key) => remember(m, key as number),
  // CPython counts entries, so that MEMOIZE after PUTs with gaps writes over one of them; here too.
  MEMOIZE: (m) => remember(m, m.memo.size),

  GLOBAL: (m, lines) => {
    const [module, name] = lines as readonly [string, string]
    m.push(resolveGlobal(m, module, name))
  },
  STACK_GLOBAL: (m) => {
    const [module, name] = popSeveral(m, 2)
    if (typeof module !== 'string' || typeof name !== 'string') {
      throw m.forbidden('names a global by something that is no text', 'STACK_GLOBAL')
    }
    m.push(resolveGlobal(m, module, name))
  },
  EXT1: noExtensions,
  EXT2: noExtensions,
  EXT4: noExtensions,
  REDUCE: (m) => {
    const args = m.pop()
    m.push(call(m, m.pop(), args))
  },
  NEWOBJ: (m) => {
    const args = m.pop()
    m.push(instance(m, m.pop(), args))
  },
  NEWOBJ_EX: (m) => {
    const keywords = m.pop()
    if (!(keywords instanceof PickleDict) || keywords.entries.size > 0) {
      throw m.fault('makes an object with keywords')
    }
    const args = m.pop()
    m.push(instance(m, m.pop(), args))
  },
  INST: (m, lines) => {
    const [module, name] = lines as readonly [string, string]
    const callee = resolveGlobal(m, module, name)
    m.push(instance(m, callee, m.made(new PickleTuple(m.popMark()))))
  },
  OBJ: (m) => {
    const [callee, ...args] = m.popMark()
    m.push(instance(m, callee ?? null, m.made(new PickleTuple(args))))
  },
  BUILD: (m) => {
    const state = m.pop()
    const target = m.top()
    // The state of a dict holds what torch keeps beside the weights (_metadata): not needed.
    if (target instanceof PickleDict) return
    if (!(target instanceof PickleCall)) throw m.fault('gives a state to something that has none')
    if (target.state !== undefined) throw m.fault('gives a state twice', target.callee)
    target.state = state
    target.depth = Math.max(target.depth, 1 + depthOf(state))
    if (target.depth > limits.depth) throw m.fault('nests too deeply')
  },
  PERSID: (m, id) => {
    throw m.forbidden('refers to something outside itself', `persistent id ${id}`)
  },
  BINPERSID: (m) => {
    const parts = m.pop()
    const sound = parts instanceof PickleTuple && parts.items[0] === 'storage'
    if (!m.options.persistent || !sound) {
      throw m.forbidden('refers to something outside itself that is no storage of a tensor', 'BINPERSID')
    }
    m.push(m.made(new PersistentId(parts, m.at)))
  },
}

function popSeveral(m: PickleState, count: number): PickleValue[] {
  const items: PickleValue[] = []
  for (let i = 0; i < count; i++) items.unshift(m.pop())
  return items
}

function tuple(m: PickleState, items: readonly PickleValue[]): void {
  m.push(m.made(new PickleTuple(items)))
}

function append(m: PickleState, target: PickleValue, items: readonly PickleValue[]): void {
  if (!(target instanceof PickleList)) throw m.fault('appends to something that is no list')
  for (const item of items) {
    target.items.push(item)
    target.depth = Math.max(target.depth, 1 + depthOf(item))
  }
  if (target.depth > limits.depth) throw m.fault('nests too deeply')
}

function setItems(m: PickleState, target: PickleValue, items: readonly PickleValue[]): void {
  if (!(target instanceof PickleDict)) throw m.fault('sets an item of something that is no dict')
  if (items.length % 2 !== 0) throw m.fault('has a key without a value')
  for (let i = 0; i < items.length; i += 2) target.set(hashable(m, items[i]!), items[i + 1]!)
  if (target.depth > limits.depth) throw m.fault('nests too deeply')
}

function addItems(m: PickleState, target: PickleValue, items: readonly PickleValue[]): void {
  if (!(target instanceof PickleSet)) throw m.fault('adds to something that is no set')
  for (const item of items) {
    target.items.push(hashable(m, item))
    target.depth = Math.max(target.depth, 1 + depthOf(item))
  }
  if (target.depth > limits.depth) throw m.fault('nests too deeply')
}

function hashable(m: PickleState, key: PickleValue): PickleValue {
  if (key instanceof PickleList || key instanceof PickleDict || key instanceof PickleSet) {
    throw m.fault('uses a key that can change')
  }
  return key
}

function remember(m: PickleState, key: number): void {
  const value = m.top()
  if (!m.memo.has(key)) m.options.budget.charge('memo', 1, m.at)
  m.memo.set(key, value)
}

function recall(m: PickleState, key: number): void {
  const value = m.memo.get(key)
  if (value === undefined) throw m.fault('recalls what it never remembered')
  m.push(value)
}

function index(m: PickleState, line: string): number {
  if (!/^\d{1,10}$/.test(line)) throw m.fault('has a memo index that is no number')
  return Number(line)
}

function integer(m: PickleState, text: string): number | bigint {
  if (!/^\s*[+-]?\d+\s*$/.test(text) || text.length > 2 * limits.long) throw m.fault('has a malformed number')
  return simplest(BigInt(text.trim().replace(/^\+/, '')))
}

/** REDUCE: a record of the call, or the plain value where the global stands for one. */
function call(m: PickleState, callee: PickleValue, args: PickleValue): PickleValue {
  if (!(callee instanceof PickleGlobal)) throw m.fault('calls something that is no global')
  if (!(args instanceof PickleTuple)) throw m.fault('calls without a tuple of arguments', callee)
  const [first] = args.items
  switch (callee.row.role) {
    case 'call':
      return m.made(new PickleCall(callee, args, m.at))
    case 'dict':
      return dictOf(m, callee, args)
    case 'set': {
      const set = m.made(new PickleSet())
      if (args.items.length > 1 || (first !== undefined && !(first instanceof PickleList))) {
        throw m.fault('makes a set of something that is no list', callee)
      }
      addItems(m, set, copied(m, first?.items ?? []))
      return set
    }
    case 'tuple':
      if (args.items.length !== 1 || !(first instanceof PickleTuple || first instanceof PickleList)) {
        throw m.fault('makes a shape of something that is no list', callee)
      }
      return m.made(new PickleTuple(copied(m, first.items)))
    case 'bytes':
      return bytesOf(m, callee, args)
    default:
      throw m.forbidden(`calls ${callee.name}, which may only be named`, callee.name)
  }
}

/** The items, which cost as much as if each had come by an opcode: one list may be copied often. */
function copied<T>(m: PickleState, items: readonly T[]): readonly T[] {
  m.options.budget.charge('opcodes', items.length, m.at)
  return [...items]
}

/** NEWOBJ and its kin: a dict, or a record of an allowed class. */
function instance(m: PickleState, callee: PickleValue, args: PickleValue): PickleValue {
  if (!(callee instanceof PickleGlobal)) throw m.fault('makes an object of something that is no global')
  if (!(args instanceof PickleTuple)) throw m.fault('makes an object without a tuple of arguments', callee)
  if (callee.row.role === 'dict') return dictOf(m, callee, args)
  if (callee.row.role === 'object') return m.made(new PickleCall(callee, args, m.at))
  throw m.forbidden(`makes an object of ${callee.name}, which is no class for that`, callee.name)
}

/** A dict without arguments, from a dict, or from one list of pairs as Python 2 wrote it; what a defaultdict begins with is left out. */
function dictOf(m: PickleState, callee: PickleGlobal, args: PickleTuple): PickleDict {
  const dict = m.made(new PickleDict())
  const [pairs] = args.items
  if (args.items.length > 1) throw m.fault('makes a dict of more than one list', callee)
  if (pairs === undefined || pairs === null || pairs instanceof PickleGlobal) return dict
  if (pairs instanceof PickleDict) {
    m.options.budget.charge('opcodes', pairs.entries.size, m.at)
    setItems(m, dict, [...pairs.entries].flat())
    return dict
  }
  if (!(pairs instanceof PickleList)) throw m.fault('makes a dict of something that is no list', callee)
  for (const pair of copied(m, pairs.items)) {
    if (!(pair instanceof PickleTuple || pair instanceof PickleList) || pair.items.length !== 2) {
      throw m.fault('makes a dict of something that is no pair', callee)
    }
    setItems(m, dict, pair.items)
  }
  return dict
}

/** `bytes()` and `_codecs.encode(text, 'latin1')`: how protocols 0 to 2 write bytes. */
function bytesOf(m: PickleState, callee: PickleGlobal, args: PickleTuple): PickleBytes {
  const [text = '', encoding = 'latin1'] = args.items
  if (typeof text !== 'string' || encoding !== 'latin1' || args.items.length > 2) {
    throw m.fault('makes bytes of something that is no Latin-1 text', callee)
  }
  m.options.budget.charge('strings', text.length, m.at)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 255) throw m.fault('makes bytes of something that is no Latin-1 text', callee)
    bytes[i] = code
  }
  return new PickleBytes(memorySource(bytes, m.options.budget.file), m.at)
}
