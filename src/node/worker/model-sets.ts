import type { NetworkKind } from './network-kind.ts'

/** What a file needs beside it to be a model. */
const otherHalf: Partial<Record<NetworkKind, NetworkKind>> = {
  'perceptual-convolutions': 'perceptual-linear',
  'perceptual-linear': 'perceptual-convolutions',
}

/** A file, and the kinds of the networks in it that Mien knows. */
export interface FileContent {
  readonly file: string
  readonly kinds: readonly NetworkKind[]
}

/**
 * Which files make a model together: the halves of a perceptual network that come in files of their own, the first of one
 * kind with the first of the other, and so on. Every other file stands for itself.
 */
export function modelSets(contents: readonly FileContent[]): readonly (readonly string[])[] {
  const sets: { readonly files: string[]; wants: NetworkKind | undefined }[] = []
  for (const { file, kinds } of contents) {
    const kind = new Set(kinds).size === 1 ? kinds[0]! : undefined
    const waiting = sets.find(({ wants }) => wants !== undefined && wants === kind)
    if (waiting === undefined) {
      sets.push({ files: [file], wants: kind === undefined ? undefined : otherHalf[kind] })
    } else {
      // Convolutions first, so that the model has its name and its hash from them in whatever order they came.
      if (waiting.wants === 'perceptual-convolutions') waiting.files.unshift(file)
      else waiting.files.push(file)
      waiting.wants = undefined
    }
  }
  return sets.map(({ files }) => files)
}
