import {
  assemble,
  get,
  global,
  HERE,
  int,
  legacyStream,
  line,
  nestedStorage,
  type Part,
  put,
  stackGlobal,
  str,
  tensor,
  torchZip,
  u8,
  u64,
} from './pickle-assembly.ts'

/** A file that must be refused: what the error names, and at which byte. */
export interface Payload {
  readonly title: string
  readonly file: Uint8Array
  readonly code: 'forbidden' | 'bad-file' | 'unsupported-model'
  readonly names: string
  readonly offset: number
}

/**
 * Globals with which pickles have run code: those that the advisories on picklescan, fickling and modelscan name
 * (most passed a list of forbidden names once), and the plain ones.
 */
const dangerous = `
os system, posix system, nt system, os popen, os execv, os remove, subprocess Popen, subprocess call,
subprocess check_output, builtins eval, builtins exec, builtins compile, builtins getattr, builtins __import__,
builtins open, builtins apply, __builtin__ eval, __builtin__ exec, __builtin__ getattr, __builtin__ execfile,
importlib import_module, importlib.util module_from_spec, runpy run_path, runpy _run_code, pkgutil resolve_name,
operator attrgetter, operator methodcaller, operator itemgetter, _operator attrgetter, functools partial,
pickle loads, pickle load, _pickle loads, cPickle loads, cpickle loads, marshal loads, shelve open, dill loads,
joblib load, cloudpickle loads, pip main, pip._internal.cli.main main, ensurepip _run_pip, venv create,
timeit timeit, timeit main, profile run, profile Profile.run, cProfile run, cProfile runctx, trace Trace.run,
pdb run, bdb Bdb.run, doctest debug_script, code InteractiveInterpreter.runcode, codeop compile_command,
idlelib.pyshell ModifiedInterpreter.runcode, idlelib.calltip get_entity, idlelib.debugobj ObjectTreeItem,
idlelib.autocomplete AutoComplete.get_entity, idlelib.run Executive.runcode, lib2to3.pgen2.grammar Grammar.loads,
lib2to3.pgen2.pgen ParserGenerator.make_label, asyncio.unix_events _UnixSubprocessTransport._start,
numpy.testing._private.utils runstring, numpy.f2py.crackfortran getlincoef, numpy.f2py.crackfortran _eval_length,
numpy load, torch load, torch.serialization load, torch.hub load,
torch.utils.bottleneck.__main__ run_cprofile, torch.utils._config_module load_config,
torch.utils.collect_env run, torch.utils.data.datapipes.utils.decoder basichandlers,
torch.jit.unsupported_tensor_ops execWrapper, torch._dynamo.guards GuardBuilder.get,
torch.fx.experimental.symbolic_shapes ShapeEnv.evaluate_guards_expression, torch._inductor.codecache compile_file,
torch.utils.cpp_extension load_inline, torch.distributed.rpc api, torch.storage _load_from_bytes_,
torch.nn.modules.linear Linear, torch.nn.modules.container Sequential, types CodeType, types FunctionType,
ctypes CDLL, _ctypes dlopen, socket create_connection, urllib.request urlopen, requests.api get, http.client HTTPSConnection,
aiohttp.client ClientSession, httplib HTTPSConnection, webbrowser open, ssl get_server_certificate, shutil rmtree,
distutils.file_util write_file, _io FileIO, io open, linecache getlines, logging.config _resolve, sys settrace, sys modules,
pty spawn, commands getoutput, platform popen, multiprocessing.util spawnv_passfds, signal signal, threading Thread,
test.support.script_helper assert_python_ok, site main, zipimport zipimporter, smtplib SMTP, sqlite3 connect,
collections namedtuple, collections.OrderedDict fromkeys, _codecs decode, codecs encode,
torch_utils.persistence persistent_class, torch_utils.persistence _src_to_module, dnnlib.util call_func_by_name,
dnnlib.util get_obj_by_name, __main__ Evil, __torch__.evil Evil
`
  .split(',')
  .map((pair) => pair.trim().split(' ') as [string, string])

/** Ways of getting at a global that a reader may overlook; `m` and `n` are its module and name. */
const ways: Readonly<Record<string, (m: string, n: string) => readonly Part[]>> = {
  'by GLOBAL of protocol 0': (m, n) => [
    'MARK',
    'POP',
    HERE,
    global(m, n),
    'MARK',
    'STRING',
    line("'id'"),
    'TUPLE',
    'REDUCE',
  ],
  'by INST': (m, n) => ['MARK', str('id'), HERE, 'INST', line(m), line(n)],
  'by OBJ': (m, n) => ['MARK', HERE, global(m, n), str('id'), 'OBJ'],
  'by NEWOBJ': (m, n) => [HERE, global(m, n), 'EMPTY_TUPLE', 'NEWOBJ'],
  'by NEWOBJ_EX': (m, n) => [HERE, global(m, n), 'EMPTY_TUPLE', 'EMPTY_DICT', 'NEWOBJ_EX'],
  'by STACK_GLOBAL': (m, n) => [stackGlobal(m, n), str('id'), 'TUPLE1', 'REDUCE'],
  'by STACK_GLOBAL of Python 2 strings': (m, n) => [
    'SHORT_BINSTRING',
    u8(m.length),
    new TextEncoder().encode(m),
    'UNICODE',
    line(n),
    HERE,
    'STACK_GLOBAL',
    'EMPTY_TUPLE',
    'REDUCE',
  ],
  'by STACK_GLOBAL of remembered texts': (m, n) => [
    str(m),
    put(7),
    'POP',
    str(n),
    put(9),
    'POP',
    get(7),
    get(9),
    HERE,
    'STACK_GLOBAL',
    'EMPTY_TUPLE',
    'REDUCE',
  ],
  'hidden by PUT before MEMOIZE': (m, n) => [
    str(m),
    put(0),
    str(n),
    put(1),
    str('torch._utils'),
    'MEMOIZE',
    str('_rebuild_tensor_v2'),
    'MEMOIZE',
    'POP',
    'POP',
    'POP',
    'POP',
    get(0),
    get(1),
    HERE,
    'STACK_GLOBAL',
    'EMPTY_TUPLE',
    'REDUCE',
  ],
  'hidden by a memo entry written twice': (m, n) => [
    str('collections'),
    put(0),
    'POP',
    str(m),
    put(0),
    'POP',
    str('OrderedDict'),
    put(1),
    'POP',
    str(n),
    put(1),
    'POP',
    get(0),
    get(1),
    HERE,
    'STACK_GLOBAL',
    'EMPTY_TUPLE',
    'REDUCE',
  ],
  'hidden by POP of the result': (m, n) => [
    HERE,
    global(m, n),
    str('id'),
    'TUPLE1',
    'REDUCE',
    'POP',
    'EMPTY_DICT',
  ],
  'never called': (m, n) => [HERE, global(m, n), 'POP', 'EMPTY_DICT'],
  'behind DUP': (m, n) => [str(m), str(n), 'DUP', 'POP', HERE, 'STACK_GLOBAL'],
  'behind a frame': (m, n) => [
    'FRAME',
    u64(5),
    'BININT',
    [1, 2, 3, 4],
    'POP',
    HERE,
    global(m, n),
    'EMPTY_TUPLE',
    'REDUCE',
  ],
  'as the state of an object': (m, n) => [
    global('argparse', 'Namespace'),
    'EMPTY_TUPLE',
    'NEWOBJ',
    HERE,
    global(m, n),
    'EMPTY_TUPLE',
    'REDUCE',
    'BUILD',
  ],
  'as a key of a dict': (m, n) => ['EMPTY_DICT', HERE, global(m, n), int(1), 'SETITEM'],
  'as a default of OrderedDict': (m, n) => [
    global('collections', 'OrderedDict'),
    'EMPTY_TUPLE',
    'REDUCE',
    str('x'),
    HERE,
    global(m, n),
    'SETITEM',
  ],
  'after an honest first value that is dropped': (m, n) => [
    'EMPTY_DICT',
    str('weight'),
    int(1),
    'SETITEM',
    'POP',
    HERE,
    global(m, n),
    'EMPTY_TUPLE',
    'REDUCE',
  ],
}

/** Files around a pickle; each says where the pickle's bytes begin. */
const containers: Readonly<Record<string, (data: Uint8Array) => Uint8Array>> = {
  'a plain pickle': (data) => data,
  'a torch archive': (data) => torchZip(data),
  'a legacy stream': (data) => legacyStream(data),
  'the nested stream of a tensor': (data) =>
    assemble(
      'PROTO',
      u8(2),
      'EMPTY_DICT',
      str('weight'),
      tensor(nestedStorage(legacyStream(data)), [1], [1]),
      'SETITEM',
      'STOP',
    ).bytes,
}

function indexOf(file: Uint8Array, part: Uint8Array): number {
  for (let i = 0; i + part.length <= file.length; i++) {
    if (part.every((byte, k) => byte === file[i + k])) return i
  }
  throw new Error('the container does not hold the pickle')
}

function payload(
  title: string,
  names: string,
  parts: readonly Part[],
  container = 'a plain pickle',
  code: Payload['code'] = 'forbidden',
): Payload {
  const { bytes, here } = assemble('PROTO', u8(4), ...parts, 'STOP')
  const file = containers[container]!(bytes)
  return { title: `${title}, in ${container}`, file, code, names, offset: indexOf(file, bytes) + here }
}

/** Attacks that need no global of their own. */
const others: readonly Payload[] = [
  payload('an extension code of one byte', 'extension 1', [HERE, 'EXT1', [1], 'EMPTY_TUPLE', 'REDUCE']),
  payload('an extension code of two bytes', 'extension 513', [HERE, 'EXT2', [1, 2], 'EMPTY_TUPLE', 'REDUCE']),
  payload('an extension code of four bytes', 'extension 1', [
    HERE,
    'EXT4',
    [1, 0, 0, 0],
    'EMPTY_TUPLE',
    'REDUCE',
  ]),
  payload('a persistent id of text', 'persistent id evil', [HERE, 'PERSID', line('evil')]),
  payload('a persistent id without storages', 'BINPERSID', [str('evil'), HERE, 'BINPERSID']),
  payload(
    'a persistent id that is a module',
    'BINPERSID',
    ['MARK', str('module'), str('evil.py'), str('import os'), 'TUPLE', HERE, 'BINPERSID'],
    'a legacy stream',
  ),
  payload('a global named by numbers', 'STACK_GLOBAL', [int(1), int(2), HERE, 'STACK_GLOBAL']),
  payload('a global named by the result of a call', 'STACK_GLOBAL', [
    global('collections', 'OrderedDict'),
    'EMPTY_TUPLE',
    'REDUCE',
    str('system'),
    HERE,
    'STACK_GLOBAL',
  ]),
  payload(
    'a call of a storage type',
    'torch.FloatStorage',
    [global('torch', 'FloatStorage'), str('x'), 'TUPLE1', HERE, 'REDUCE'],
    'a torch archive',
  ),
  payload(
    'an object of a function',
    'torch._utils._rebuild_tensor_v2',
    [global('torch._utils', '_rebuild_tensor_v2'), 'EMPTY_TUPLE', HERE, 'NEWOBJ'],
    'a torch archive',
  ),
  payload(
    'a call of a text',
    'REDUCE',
    [str('os.system'), str('id'), 'TUPLE1', HERE, 'REDUCE'],
    'a plain pickle',
    'bad-file',
  ),
  payload(
    'a call of a call',
    'REDUCE',
    [global('torch', 'device'), str('cpu'), 'TUPLE1', 'REDUCE', 'EMPTY_TUPLE', HERE, 'REDUCE'],
    'a plain pickle',
    'bad-file',
  ),
  payload(
    'a dict turned into an object by BUILD',
    'BUILD',
    ['EMPTY_LIST', 'EMPTY_DICT', HERE, 'BUILD'],
    'a plain pickle',
    'bad-file',
  ),
  payload(
    'a persistence record without a state in a torch archive',
    'torch_utils.persistence._reconstruct_persistent_obj',
    [
      global('torch_utils.persistence', '_reconstruct_persistent_obj'),
      'EMPTY_DICT',
      'TUPLE1',
      HERE,
      'REDUCE',
    ],
    'a torch archive',
    'bad-file',
  ),
  payload(
    'a nested pickle in a torch archive',
    'torch.storage._load_from_bytes',
    [HERE, global('torch.storage', '_load_from_bytes')],
    'a torch archive',
  ),
  payload(
    'a TorchScript class outside TorchScript',
    '__torch__.Evil',
    [HERE, global('__torch__', 'Evil'), 'EMPTY_TUPLE', 'NEWOBJ'],
    'a torch archive',
  ),
  payload(
    'a network of TensorFlow',
    'dnnlib.tflib.network.Network',
    [HERE, global('dnnlib.tflib.network', 'Network'), 'EMPTY_TUPLE', 'NEWOBJ'],
    'a plain pickle',
    'unsupported-model',
  ),
]

const perContainer = ['a torch archive', 'a legacy stream', 'the nested stream of a tensor']

/** All payloads of this suite. */
export const payloads: readonly Payload[] = [
  ...dangerous.map(([m, n]) =>
    payload(`${m}.${n}`, `${m}.${n}`, [HERE, global(m, n), str('id'), 'TUPLE1', 'REDUCE']),
  ),
  ...Object.entries(ways).flatMap(([title, parts]) => [
    payload(`posix.system ${title}`, 'posix.system', parts('posix', 'system')),
    payload(`a name with dots ${title}`, 'torch._utils.os.system', parts('torch._utils', 'os.system')),
  ]),
  ...perContainer.flatMap((container) =>
    Object.entries(ways).map(([title, parts]) =>
      payload(`os.system ${title}`, 'os.system', parts('os', 'system'), container),
    ),
  ),
  ...others,
]
