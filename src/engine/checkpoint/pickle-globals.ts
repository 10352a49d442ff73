import type { DType } from '../tensor.ts'

/**
 * What a global is allowed to be:
 * - `dict`: calling it or making one gives a dict,
 * - `set`, `bytes`, `tuple`: calling it gives that value,
 * - `call`: a call of it is kept as a record that a reader interprets,
 * - `object`: a new object of it is kept as a record,
 * - `value`: it may only be named.
 */
export type GlobalRole = 'dict' | 'set' | 'bytes' | 'tuple' | 'call' | 'object' | 'value'

/** One allowed global. */
export interface GlobalRow {
  readonly role: GlobalRole
  /** Element type of a torch storage class or dtype; null for the untyped storage. */
  readonly dtype?: DType | null
  /** The type of storages that Mien cannot turn into a tensor: allowed to stand there, refused when read. */
  readonly unsupported?: boolean
}

/** The sets of globals: what torch.save, TorchScript and NVIDIA's pickles need. */
export type Grammar = 'torch' | 'torchscript' | 'nvidia'

type Row = readonly [module: string, name: string, role: GlobalRole, reason: string]

/** [module, name, role, why it is needed]: the whole list of what a checkpoint may name. */
const common = [
  ['collections', 'OrderedDict', 'dict', 'every state dict, and the hooks of every tensor'],
  ['torch._utils', '_rebuild_tensor', 'call', 'tensors before torch 0.4'],
  ['torch._utils', '_rebuild_tensor_v2', 'call', 'tensors since torch 0.4'],
  ['torch._utils', '_rebuild_tensor_v3', 'call', 'tensors that carry their dtype'],
  ['torch._utils', '_rebuild_parameter', 'call', 'parameters'],
  ['torch._utils', '_rebuild_parameter_with_state', 'call', 'parameters with Python attributes'],
  ['torch._tensor', '_rebuild_from_type_v2', 'call', 'tensors with Python attributes'],
  ['torch', 'Tensor', 'value', 'the type that _rebuild_from_type_v2 names'],
  ['torch.nn.parameter', 'Parameter', 'value', 'the type that _rebuild_from_type_v2 names'],
  ['torch.nn.parameter', 'Buffer', 'value', 'the type that _rebuild_from_type_v2 names'],
  ['torch', 'Size', 'tuple', 'shapes kept beside the weights'],
  ['torch', 'device', 'call', 'devices kept beside the weights'],
  ['torch.serialization', '_get_layout', 'call', 'layouts kept beside the weights'],
  ['argparse', 'Namespace', 'object', 'training settings kept beside the weights'],
  ['numpy', 'dtype', 'call', 'type of a NumPy number or array'],
  ['numpy', 'ndarray', 'value', 'the type that _reconstruct names'],
  [
    'numpy.core.multiarray',
    '_reconstruct',
    'call',
    "arrays in a module's attributes or in settings, which are passed over (NumPy 1)",
  ],
  ['numpy._core.multiarray', '_reconstruct', 'call', 'the same (NumPy 2)'],
  ['numpy.core.numeric', '_frombuffer', 'call', 'such arrays in protocol 5 (NumPy 1)'],
  ['numpy._core.numeric', '_frombuffer', 'call', 'the same (NumPy 2)'],
  ['numpy.core.multiarray', 'scalar', 'call', 'a NumPy number (NumPy 1)'],
  ['numpy._core.multiarray', 'scalar', 'call', 'a NumPy number (NumPy 2)'],
  ['_codecs', 'encode', 'bytes', 'bytes in protocols 0 to 2'],
  ['__builtin__', 'bytes', 'bytes', 'empty bytes in protocols 0 to 2'],
  ['__builtin__', 'set', 'set', 'sets in protocols 0 to 2'],
  ['builtins', 'set', 'set', 'sets in protocol 3'],
] as const

/** What training programs keep beside the weights: settings, paths, times. It is recorded and not looked at. */
const besides: readonly Row[] = [
  ...(['pathlib', 'pathlib._local'] as const).flatMap((module) =>
    ['PosixPath', 'WindowsPath', 'PurePosixPath', 'PureWindowsPath'].map(
      (name): Row => [module, name, 'call', 'paths among settings'],
    ),
  ),
  ...['datetime', 'date', 'timedelta'].map((name): Row => ['datetime', name, 'call', 'when it was saved']),
  ['types', 'SimpleNamespace', 'call', 'settings'],
  ['collections', 'defaultdict', 'dict', 'states of optimisers'],
  ['collections', 'Counter', 'dict', 'states of schedulers'],
  ...['__builtin__', 'builtins'].flatMap((module): Row[] => [
    ...['dict', 'list', 'int', 'float', 'str', 'bool', 'tuple', 'long', 'unicode'].map(
      (name): Row => [module, name, 'value', 'types among settings, and what a defaultdict begins with'],
    ),
    ...['slice', 'complex', 'range', 'xrange', 'bytearray'].map(
      (name): Row => [module, name, 'call', 'values among settings'],
    ),
    [module, 'frozenset', 'set', 'sets in protocols 0 to 3'],
  ]),
  ['easydict', 'EasyDict', 'dict', 'settings'],
  ['addict.addict', 'Dict', 'dict', 'settings'],
  ['munch', 'Munch', 'dict', 'settings'],
  ['yacs.config', 'CfgNode', 'dict', 'settings'],
  ['mmcv.utils.config', 'ConfigDict', 'dict', 'settings of OpenMMLab'],
  ['mmengine.config.config', 'ConfigDict', 'dict', 'the same, later'],
  ['pytorch_lightning.utilities.parsing', 'AttributeDict', 'dict', 'settings of Lightning'],
  ['lightning_fabric.utilities.data', 'AttributeDict', 'dict', 'the same, later'],
  ['lightning.fabric.utilities.data', 'AttributeDict', 'dict', 'the same, in one package'],
  ['pytorch_lightning.callbacks.model_checkpoint', 'ModelCheckpoint', 'value', 'names a state of Lightning'],
  ['pytorch_lightning.callbacks.early_stopping', 'EarlyStopping', 'value', 'the same'],
]

const persistence = [
  [
    'torch_utils.persistence',
    '_reconstruct_persistent_obj',
    'call',
    'every module of a StyleGAN pickle, and of one that PTI saved with torch.save; its source is never read',
  ],
  ['dnnlib.util', 'EasyDict', 'dict', 'settings of a StyleGAN pickle'],
  ['dnnlib', 'EasyDict', 'dict', 'settings of an older StyleGAN pickle'],
] as const

const nvidia = [
  ['torch.storage', '_load_from_bytes', 'call', 'the tensors of a StyleGAN pickle: a torch stream in bytes'],
] as const

const torchscript = [
  ['torch.jit._pickle', 'build_intlist', 'call', 'attributes that are lists of integers'],
  ['torch.jit._pickle', 'build_doublelist', 'call', 'attributes that are lists of numbers'],
  ['torch.jit._pickle', 'build_boollist', 'call', 'attributes that are lists of booleans'],
  ['torch.jit._pickle', 'build_tensorlist', 'call', 'attributes that are lists of tensors'],
  ['torch.jit._pickle', 'restore_type_tag', 'call', 'attributes whose type is written beside them'],
] as const

/** Storage classes and dtypes by their names in the module torch; null: any type. */
const storages: readonly (readonly [string, string, DType | null | undefined])[] = [
  ['FloatStorage', 'float32', 'float32'],
  ['DoubleStorage', 'float64', 'float64'],
  ['HalfStorage', 'float16', 'float16'],
  ['BFloat16Storage', 'bfloat16', 'bfloat16'],
  ['LongStorage', 'int64', 'int64'],
  ['IntStorage', 'int32', 'int32'],
  ['ShortStorage', 'int16', 'int16'],
  ['CharStorage', 'int8', 'int8'],
  ['ByteStorage', 'uint8', 'uint8'],
  ['BoolStorage', 'bool', 'bool'],
  ['ComplexFloatStorage', 'complex64', undefined],
  ['ComplexDoubleStorage', 'complex128', undefined],
]

/** Types of numbers that have no storage of their own, and that Mien does not read. */
const otherTypes = ['uint16', 'uint32', 'uint64', 'float8_e4m3fn', 'float8_e5m2']

/** The class in the module torch of storages of that type. */
export function storageClass(dtype: DType): string {
  return storages.find(([, , held]) => held === dtype)![0]
}

function tableOf(rows: readonly Row[]): ReadonlyMap<string, GlobalRow> {
  const table = new Map<string, GlobalRow>(
    rows.map(([module, name, role]) => [`${module}.${name}`, { role }]),
  )
  for (const [storage, type, dtype] of storages) {
    const row: GlobalRow =
      dtype === undefined ? { role: 'value', unsupported: true } : { role: 'value', dtype }
    table.set(`torch.${storage}`, row)
    table.set(`torch.${type}`, row)
  }
  for (const type of otherTypes) table.set(`torch.${type}`, { role: 'value', unsupported: true })
  table.set('torch.storage.UntypedStorage', { role: 'value', dtype: null })
  table.set('torch.UntypedStorage', { role: 'value', dtype: null })
  return table
}

const tables: Readonly<Record<Grammar, ReadonlyMap<string, GlobalRow>>> = {
  torch: tableOf([...common, ...besides, ...persistence]),
  torchscript: tableOf([...common, ...torchscript]),
  nvidia: tableOf([...common, ...besides, ...persistence, ...nvidia]),
}

const scriptClass: GlobalRow = { role: 'object' }
const scriptName = /^__torch__(\.\w+)+$/

/**
 * The row of `module.name` in the grammar's list, or undefined: then the file is refused. The module must be one
 * part and the name the other exactly as listed, so that a dotted name cannot reach further.
 */
export function allowedGlobal(grammar: Grammar, module: string, name: string): GlobalRow | undefined {
  if (name.includes('.') || name === '') return undefined
  const full = `${module}.${name}`
  // TorchScript names the classes of its own archive; their code is never read.
  if (grammar === 'torchscript' && scriptName.test(full)) return scriptClass
  return tables[grammar].get(full)
}
