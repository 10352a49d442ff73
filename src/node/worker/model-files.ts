import { basename } from 'node:path'
import { type Checkpoint, openCheckpoint } from '../../engine/checkpoint/open.ts'
import { MienError } from '../../engine/errors.ts'
import { inKnownForms } from '../../engine/network/stylegan2/forms.ts'
import { originalOfDifference, withDifference } from '../../engine/projection/generator-difference.ts'
import type { ByteSource } from '../../engine/runtime.ts'
import type { StoredNetwork } from '../../engine/weights.ts'
import { openFileSource } from '../host/file-source.ts'
import type { ModelFile } from '../models/files.ts'
import { originalGenerator } from '../models/tuned.ts'
import { kindOf } from './network-kind.ts'

/** A checkpoint that is open for as long as `work` runs. */
export interface OpenModelFile {
  readonly path: string
  readonly name: string
  readonly size: number
  readonly sha256: string
  readonly checkpoint: Checkpoint
}

export interface ReadingOptions {
  /** Told how much of the files was read for the hashes, 0..1. */
  readonly onRead?: (portion: number) => void
  /** Where originals of differences are looked for besides the embedded pack; the user's if absent. */
  readonly library?: string
}

/**
 * Opens the files, checks their hashes where they are known, and closes them after `work`. Tensors must not
 * be asked for later. The difference of a generator that was tuned is opened as the generator, whole. Throws MienError
 * 'bad-file' for a wrong hash, before the file is parsed; 'unreadable-file' for a difference whose original is not installed.
 */
export async function withModelFiles<T>(
  files: readonly ModelFile[],
  work: (opened: readonly OpenModelFile[]) => T | Promise<T>,
  { onRead = () => undefined, library }: ReadingOptions = {},
): Promise<T> {
  const sources: { close(): void }[] = []
  function open(
    { path, sha256: known, init }: ModelFile,
    onPortion: (portion: number) => void,
  ): OpenModelFile {
    const source = openFileSource(path)
    sources.push(source)
    const sha256 = source.sha256(onPortion)
    if (known !== undefined && known !== sha256) {
      throw new MienError('bad-file', `${path} is not the file that was installed: its hash is ${sha256}.`, {
        file: path,
        hint: 'It was changed or damaged; import the model again, or install Mien again if it is the embedded pack.',
      })
    }
    const checkpoint = withInit(openModel(source), init)
    return { path, name: basename(path), size: source.size, sha256, checkpoint }
  }
  /** The file; of a difference the generator that it makes of its original. */
  async function whole(file: OpenModelFile): Promise<OpenModelFile> {
    const [difference] = file.checkpoint.networks
    const hash = difference && originalOfDifference(difference)
    if (hash === undefined) return file
    const { checkpoint } = open(await originalGenerator(hash, file.name, library), () => undefined)
    const original = checkpoint.networks.find((network) => kindOf(network) === 'generator')!
    const networks = [withDifference(original, difference!)]
    return { ...file, checkpoint: { ...file.checkpoint, networks } }
  }
  try {
    const opened: OpenModelFile[] = []
    for (const [i, file] of files.entries()) {
      opened.push(await whole(open(file, (portion) => onRead((i + portion) / files.length))))
    }
    return await work(opened)
  } finally {
    for (const source of sources) source.close()
  }
}

/** A checkpoint whose networks are in the forms that `readGenerator` and its like know. Throws MienError. */
export function openModel(source: ByteSource): Checkpoint {
  const checkpoint = withParsedInit(openCheckpoint(source))
  return { ...checkpoint, networks: inKnownForms(checkpoint.networks) }
}

/** The arguments of a constructor as texts, the form in which safetensors keeps them: each as JSON. */
export function initTexts({ init }: StoredNetwork): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(init).map(([key, value]) => [key, JSON.stringify(value)]))
}

/** The reverse for checkpoints that keep texts; texts that are not JSON stay texts. */
function withParsedInit(checkpoint: Checkpoint): Checkpoint {
  if (checkpoint.format !== 'safetensors') return checkpoint
  const networks = checkpoint.networks.map((network) => ({
    ...network,
    init: Object.fromEntries(Object.entries(network.init).map(([key, text]) => [key, parsed(text)])),
  }))
  return { ...checkpoint, networks }
}

/** Arguments that are known from elsewhere are added to those in the file. */
function withInit(checkpoint: Checkpoint, init: ModelFile['init']): Checkpoint {
  if (init === undefined) return checkpoint
  const networks = checkpoint.networks.map((network) => ({ ...network, init: { ...network.init, ...init } }))
  return { ...checkpoint, networks }
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text))
  } catch {
    return text
  }
}
