import { randomUUID } from 'node:crypto'
import { MienError } from '../../engine/errors.ts'
import { quadFits } from '../../engine/face/alignment.ts'
import type { Face } from '../../engine/face/face.ts'
import { isSquare, quadOf } from '../../shared/alignment.ts'
import type { Service } from '../../shared/contract.ts'
import type { Emit } from '../../shared/events.ts'
import type { AlignmentRecord, FaceRecord, Picture, Project } from '../../shared/project.ts'
import type { Run } from '../../shared/run.ts'
import { picturesOfSetup, type Setup, withoutPicture } from '../../shared/setup.ts'
import type { PictureInput } from '../engine/protocol.ts'
import type { AskEngine } from '../engine/short-jobs.ts'
import { sha256 } from '../host/sha256.ts'
import { modelOf } from '../models/resolve.ts'
import type { PictureViewer } from '../projects/picture-viewer.ts'
import type { ProjectStore } from '../projects/project-store.ts'

export interface PictureCommandNeeds {
  readonly projects: Pick<ProjectStore, 'read' | 'change' | 'addFile'>
  readonly runsOf: (project: string) => Promise<readonly Run[]>
  readonly askEngine: AskEngine
  readonly viewer: PictureViewer
  /** The folder of imported models. */
  readonly library: string
  readonly emit: Emit
}

interface GivenPicture {
  readonly name: string
  readonly hash: string
  readonly bytes: Uint8Array
}

const mostPictures = 200
const mostFaces = 200

/** A picture is decoded once when it is added, so that it is refused then and not later; in the size of a thumbnail. */
const firstLook = { what: 'upright', size: 256 } as const

/** What the workspace's panes show, so that it mostly need not be cut out again. */
const paneSquare = { what: 'square', size: 512 } as const

/** The pictures of a project: bringing them in, cutting them out, showing them. */
export function pictureCommands({
  projects,
  runsOf,
  askEngine,
  viewer,
  library,
  emit,
}: PictureCommandNeeds): Pick<
  Service,
  'pictures.add' | 'pictures.align' | 'pictures.remove' | 'pictures.show' | 'pictures.heat-maps'
> {
  async function change(project: string, edit: (project: Project) => Project): Promise<Project> {
    const changed = await projects.change(project, edit)
    emit('projects', { projects: [project] })
    return changed
  }

  /** A picture of these bytes, cut out by its largest face; what is known of them is not looked for again. */
  async function looked({ pictures }: Project, { name, hash, bytes }: GivenPicture): Promise<Picture> {
    const same = pictures.find((picture) => picture.sha256 === hash)
    const { width, height, faces } = same ?? (await searched(name, bytes))
    const alignment = faces.length > 0 ? { by: 'face' as const, face: 0 } : { by: 'centre' as const }
    return { id: randomUUID(), name, sha256: hash, bytes: bytes.length, width, height, faces, alignment }
  }

  const searched = (name: string, bytes: Uint8Array) =>
    searchedPicture(askEngine, { name, bytes }, (message) => emit('notice', { message }))

  return {
    async 'pictures.add'({ project, name, bytes }) {
      const hash = sha256(bytes)
      const before = await projects.read(project)
      const known = standIn(before, hash)
      if (known === undefined) requireRoom(before)
      const picture = known ?? (await looked(before, { name, hash, bytes }))
      await viewer.show(project, picture, firstLook, bytes)
      // Also of one that is known: its file may be gone.
      await projects.addFile(project, bytes)
      const after = await change(project, (now) => {
        if (standIn(now, hash) !== undefined) return now
        requireRoom(now)
        return { ...now, pictures: [...now.pictures, picture] }
      })
      const kept = standIn(after, hash) ?? picture
      if (kept.id !== picture.id || known !== undefined) {
        emit('notice', { message: `${name} is in the project already.` })
      }
      return kept
    },

    async 'pictures.align'({ project, picture: id, alignment }) {
      const changed = await change(project, (before) => {
        requireSound(pictureIn(before, id), alignment)
        const pictures = before.pictures.map((picture) =>
          picture.id === id ? { ...picture, alignment } : picture,
        )
        return { ...before, pictures }
      })
      return pictureIn(changed, id)
    },

    async 'pictures.remove'({ project, picture: id }) {
      const user = (await runsOf(project)).find(({ setup }) => picturesOfSetup(setup).has(id))
      return change(project, (before) => {
        const { name } = pictureIn(before, id)
        if (user !== undefined) throw needed(name, user)
        const pictures = before.pictures.filter((picture) => picture.id !== id)
        return { ...before, pictures, setup: withoutPicture(before.setup, id) }
      })
    },

    async 'pictures.show'({ project, picture: id, what, size, alignment }) {
      const picture = pictureIn(await projects.read(project), id)
      if (alignment !== undefined) requireSound(picture, alignment)
      return { image: await viewer.show(project, picture, { what, size, alignment }) }
    },

    async 'pictures.heat-maps'({ project: id, picture: of, groups }) {
      const project = await projects.read(id)
      const { name, ...picture } = pictureIn(project, of)
      const landmarks = await modelOf('landmarks', project.setup, library)
      const bytes = await viewer.show(id, { name, ...picture }, paneSquare)
      return { image: (await askEngine('heat-maps', { landmarks, picture: { name, bytes }, groups })).file }
    },
  }
}

/** The size of a picture, and the faces in it. Throws MienError 'bad-image'. */
export async function searchedPicture(
  askEngine: AskEngine,
  picture: PictureInput,
  notice: (sentence: string) => void = () => undefined,
): Promise<Pick<Picture, 'width' | 'height' | 'faces'>> {
  const { faces, ...size } = await askEngine('detect', { picture }, { notice })
  return { ...size, faces: faces.slice(0, mostFaces).map(recordOf) }
}

/** Throws MienError 'wrong-use' for a setup that names a picture which the project does not have. */
export function requirePictures(project: Project, setup: Setup): void {
  for (const id of picturesOfSetup(setup)) pictureIn(project, id)
}

/** Throws MienError 'wrong-use'. */
export function pictureIn({ name, pictures }: Project, id: string): Picture {
  const picture = pictures.find((one) => one.id === id)
  if (picture !== undefined) return picture
  throw new MienError('wrong-use', `The picture is not in the project "${name}" any more.`, {
    name: id,
    hint: 'Add it again.',
  })
}

/**
 * A picture of the project that has these bytes, in place of which a second one would be of no use. One of several people
 * that is in use may be there again, for another face.
 */
function standIn({ pictures, setup }: Project, hash: string): Picture | undefined {
  const used = picturesOfSetup(setup)
  return pictures.find(({ id, sha256, faces }) => sha256 === hash && (faces.length < 2 || !used.has(id)))
}

function recordOf({ box, score, points }: Face): FaceRecord {
  return { box: { ...box }, score, points: [...points] }
}

function requireRoom({ pictures }: Project): void {
  if (pictures.length < mostPictures) return
  throw new MienError('wrong-use', `A project holds at most ${mostPictures} pictures.`, {
    hint: 'Remove one first, or start another project.',
  })
}

/** Throws MienError 'wrong-use' for a face that is not there and for corners that are no square in the picture. */
function requireSound(picture: Picture, alignment: AlignmentRecord): void {
  const { name, faces } = picture
  if (alignment.by === 'face' && faces[alignment.face] === undefined) {
    throw new MienError('wrong-use', `${name} has no face ${alignment.face + 1}.`, {
      hint: 'Choose one of the faces that were found, or align it by hand.',
    })
  }
  if (alignment.by !== 'hand') return
  const quad = quadOf(alignment, faces)
  if (isSquare(alignment.quad) && quad !== null && quadFits(picture, quad)) return
  throw new MienError('wrong-use', `The square does not fit ${name}.`, {
    hint: 'Draw it smaller, with its middle inside the picture.',
  })
}

function needed(picture: string, run: Run): MienError {
  return new MienError('wrong-use', `The run "${run.name}" was made with ${picture}.`, {
    hint: 'Remove the run first, or keep the picture.',
  })
}
