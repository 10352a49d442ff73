import type { Quad } from '../../engine/face/quad.ts'
import { quadOf } from '../../shared/alignment.ts'
import { boundedCache } from '../../shared/bounded-cache.ts'
import type { AlignmentRecord, Picture } from '../../shared/project.ts'
import type { DepictParameters } from '../engine/picture-messages.ts'
import type { AskEngine } from '../engine/short-jobs.ts'
import { sha256 } from '../host/sha256.ts'
import type { ProjectStore } from './project-store.ts'
import { thumbnailEncoding, thumbnailSide } from './thumbnail.ts'

/** What is to be seen of a picture of a project. */
export interface View {
  readonly what: 'upright' | 'square'
  /** Pixels of the square's side, or of the longer side at most. */
  readonly size: number
  /** In place of the picture's own. */
  readonly alignment?: AlignmentRecord | undefined
}

/** Pictures of projects as the window shows them. */
export interface PictureViewer {
  /**
   * A JPEG; without `bytes` the file is read from the project where it is needed. Rejects with MienError 'bad-image',
   * 'bad-file', 'mismatch' for a square that does not fit the picture.
   */
  show(project: string, picture: Picture, view: View, bytes?: Uint8Array): Promise<Uint8Array>
  /** Its square for the gallery. Rejects in the same way. */
  thumbnailOf(project: string, picture: Picture): Promise<Uint8Array>
  /** The middle of a picture that belongs to no project, for the gallery. Rejects in the same way. */
  thumbnail(bytes: Uint8Array): Promise<Uint8Array>
  /** The same to look at, in so many pixels: a JPEG. */
  square(bytes: Uint8Array, size: number): Promise<Uint8Array>
}

/** Some hundred squares, or a handful of large pictures. */
const keptBytes = 32 * 2 ** 20

/** At this quality faces show no blocks; JPEG, since WebP takes several times as long to write. */
const toLookAt = { format: 'jpeg', quality: 90 } as const

const toKeep = { size: thumbnailSide, encoding: thumbnailEncoding } as const

export function pictureViewer({
  projects,
  askEngine,
}: {
  readonly projects: Pick<ProjectStore, 'readFile'>
  readonly askEngine: AskEngine
}): PictureViewer {
  const shown = boundedCache<Uint8Array>(keptBytes, (file) => file.length)

  /** The engine process mostly has the picture decoded; its bytes follow only where it has not. */
  async function depict(project: string, { name, sha256 }: Picture, job: Cut, given?: Uint8Array) {
    const picture = { name, sha256, ...(given !== undefined && { bytes: given }) }
    const { file } = await askEngine('depict', { picture, ...job })
    if (file !== null) return file
    const bytes = await projects.readFile(project, sha256)
    const again = await askEngine('depict', { picture: { name, sha256, bytes }, ...job })
    return again.file ?? notTaken()
  }

  async function middleOf(bytes: Uint8Array, cut: Cut): Promise<Uint8Array> {
    const picture = { name: 'picture', sha256: sha256(bytes), bytes }
    return (await askEngine('depict', { picture, ...cut, square: 'centre' })).file ?? notTaken()
  }

  return {
    async show(project, picture, { what, size, alignment = picture.alignment }, bytes) {
      const square = what === 'upright' ? undefined : squareOf(picture, alignment)
      const cut: Cut = { size, encoding: toLookAt, ...(square !== undefined && { square }) }
      const key = `${picture.sha256} ${JSON.stringify(cut)}`
      const kept = shown.get(key)
      if (kept !== undefined) return kept
      const file = await depict(project, picture, cut, bytes)
      shown.set(key, file)
      return file
    },

    thumbnailOf(project, picture) {
      return depict(project, picture, { ...toKeep, square: squareOf(picture, picture.alignment) })
    },

    thumbnail: (bytes) => middleOf(bytes, toKeep),

    async square(bytes, size) {
      const key = `${sha256(bytes)} ${size}`
      const kept = shown.get(key)
      if (kept !== undefined) return kept
      const file = await middleOf(bytes, { size, encoding: toLookAt })
      shown.set(key, file)
      return file
    },
  }
}

function squareOf({ faces }: Picture, alignment: AlignmentRecord): 'centre' | Quad {
  return quadOf(alignment, faces) ?? 'centre'
}

function notTaken(): never {
  throw new Error('the engine did not take a picture that came with its bytes')
}

type Cut = Omit<DepictParameters, 'picture'>
