import { MienError } from '../../engine/errors.ts'
import { landmarkCount, landmarkGroupOf } from '../../engine/face/landmark-groups.ts'
import { pointsInQuad } from '../../engine/face/quad.ts'
import { aimedPoints } from '../../engine/likeness/aimed-points.ts'
import { pointsOf, quadOf } from '../../shared/alignment.ts'
import type { Service } from '../../shared/contract.ts'
import type { LikenessOrder } from '../../shared/likeness.ts'
import type { Picture, Project } from '../../shared/project.ts'
import type { Preview } from '../../shared/run.ts'
import type {
  LikenessFaces,
  LikenessOutcome,
  LikenessParameters,
  RememberedFace,
} from '../engine/likeness-messages.ts'
import { lookDescription } from '../engine/look-description.ts'
import type { AskEngine } from '../engine/short-jobs.ts'
import { programVersion } from '../host/folders.ts'
import { plainName } from '../projects/project-paths.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import { thumbnailEncoding, thumbnailSide } from '../projects/thumbnail.ts'
import { drawnFace } from '../runs/kinds/projection/drawn-face.ts'
import { alteredPhotograph, photographMadeWith } from '../runs/kinds/projection/picture-metadata.ts'
import { sharpCodec } from '../runtime/sharp-codec.ts'
import { pictureIn } from './picture-commands.ts'

export interface LikenessCommandNeeds {
  readonly projects: Pick<ProjectStore, 'read' | 'readFile'>
  /** The newest picture of a run with its landmarks. */
  readonly resultOf: (project: string, run: string) => Promise<Preview | null>
  readonly askEngine: AskEngine
}

type Made = Exclude<LikenessOutcome, { missing: readonly string[] }>

const toLookAt = { format: 'jpeg', quality: 92 } as const

/** Makes photographs of projects. */
export interface PhotographMaker {
  /** Null where the look is no photograph, or nothing tells where its landmarks are to go. */
  make(
    project: Project,
    order: LikenessOrder,
    wish: Omit<LikenessParameters, keyof LikenessFaces>,
  ): Promise<Made | null>
  /** What it is made of, for a film; the pictures come with their bytes. Throws MienError 'wrong-use' for none. */
  faces(project: Project, order: LikenessOrder): Promise<LikenessFaces>
  /** Where its landmarks go, 68 x (x, y) as fractions of the square; null as for `make`. */
  aim(project: Project, order: LikenessOrder): Promise<readonly number[] | null>
  /** Whether a face looks like one that the pack draws, and not like a photograph. */
  isDrawn(project: Project, look: RememberedFace): Promise<boolean>
  /** By which the gallery knows a project of two photographs; null for any other. */
  cover(project: Project): Promise<Uint8Array | null>
}

export function photographMaker({ projects, resultOf, askEngine }: LikenessCommandNeeds): PhotographMaker {
  /** The engine process mostly has the pictures decoded; their bytes follow only where it has not. */
  async function ask(project: string, parameters: LikenessParameters): Promise<Made> {
    const first = await askEngine('likeness', parameters)
    if (!('missing' in first)) return first
    const again = await askEngine('likeness', {
      ...parameters,
      ...(await withBytes(project, parameters, first.missing)),
    })
    if ('missing' in again) throw new Error('the engine did not take pictures that came with their bytes')
    return again
  }

  /** The faces with the bytes of those pictures, by their hashes. */
  async function withBytes(
    project: string,
    { look, mouths, eyes, target, shares }: LikenessFaces,
    hashes: readonly string[],
  ): Promise<LikenessFaces> {
    const bytes = new Map<string, Uint8Array>()
    for (const hash of hashes) bytes.set(hash, await projects.readFile(project, hash))
    const given = (face: RememberedFace): RememberedFace => {
      const found = bytes.get(face.picture.sha256)
      return found === undefined ? face : { ...face, picture: { ...face.picture, bytes: found } }
    }
    return {
      ...{ target, shares, look: given(look), mouths: mouths.map(given) },
      ...(eyes === undefined ? {} : { eyes: given(eyes) }),
    }
  }

  /** Null where the look is no photograph, or nothing tells where its landmarks are to go. */
  async function facesOf(project: Project, order: LikenessOrder): Promise<LikenessFaces | null> {
    const look = faceIn(pictureIn(project, order.look))
    if (look === null) return null
    const result = order.run === null ? null : await resultOf(project.id, order.run)
    const target = targetOf(project, order, result?.points ?? null)
    if (target === null) return null
    const mouth = faceIn(pictureIn(project, order.sources.at(-1) ?? order.landmarks))
    const eyes = faceIn(pictureIn(project, order.sources[leftEye] ?? order.landmarks))
    const drawn = result === null ? null : await faceOfResult(result)
    return {
      look,
      target,
      shares: order.shares,
      mouths: [mouth, drawn].filter((face) => face !== null),
      ...(order.eyes === 'landmarks' && eyes !== null ? { eyes } : {}),
    }
  }

  const maker: PhotographMaker = {
    async make(project, order, wish) {
      const faces = await facesOf(project, order)
      return faces && ask(project.id, { ...faces, ...wish })
    },
    async faces(project, order) {
      const faces = await facesOf(project, order)
      if (faces === null) throw noPhotograph()
      const all = [faces.look, ...faces.mouths, ...(faces.eyes === undefined ? [] : [faces.eyes])]
      const hashes = all.flatMap(({ picture }) => (picture.bytes === undefined ? [picture.sha256] : []))
      return withBytes(project.id, faces, [...new Set(hashes)])
    },
    async aim(project, order) {
      const faces = await facesOf(project, order)
      if (faces === null) return null
      const { look, target, shares } = faces
      return [...aimedPoints(pointsInQuad(look.points, look.quad), target, shares)]
    },
    async isDrawn(project, look) {
      return (await ask(project.id, lookDescription(look))).drawn
    },
    async cover(project) {
      const { look, landmarks, sources, points, settings, eyes = 'look' } = project.setup
      if (look === null || landmarks === null) return null
      const shares = settings.groupWeights.map((weight) => Math.sign(weight))
      const order = { look, landmarks, sources, points, shares, eyes, aim: 'landmarks', run: null } as const
      const wish = { form: 'square', size: thumbnailSide, judge: false, encoding: thumbnailEncoding } as const
      const made = await maker.make(project, order, wish)
      return made === null || made.drawn ? null : made.file
    },
  }
  return maker
}

/** Photographs that stay photographs. */
export function likenessCommands(
  projects: LikenessCommandNeeds['projects'],
  maker: PhotographMaker,
): Pick<Service, 'likeness.show' | 'likeness.export'> {
  return {
    async 'likeness.show'({ project: id, order, form, size, judge }) {
      const made = await maker.make(await projects.read(id), order, { form, size, judge, encoding: toLookAt })
      if (made === null) return null
      const { file, points, warnings, parts, drawn, reach, judged } = made
      return {
        image: file,
        points: [...points],
        warnings: [...warnings],
        parts: [...parts],
        drawn,
        stretch: reach.stretch,
        identity: judged?.identity ?? null,
      }
    },

    async 'likeness.export'({ project: id, order, export: wish }) {
      const project = await projects.read(id)
      const { form, format, side, quality } = wish
      const xmp = await photographXmp(project, order, wish)
      const photograph = await maker.make(project, order, {
        ...{ form, judge: false, enlarged: true },
        ...(side !== undefined && { size: side }),
        encoding: { format, ...(quality !== undefined && { quality }), ...(xmp !== undefined && { xmp }) },
      })
      if (photograph === null) throw noPhotograph()
      const { name } = pictureIn(project, order.look)
      const titles = [
        project.name,
        name.replace(/\.[^.]*$/, ''),
        ...(form === 'whole' ? ['whole'] : []),
        ...(side ? [side] : []),
      ]
      return {
        name: `${plainName(titles.join(' - '), 'Mien')}.${format === 'jpeg' ? 'jpg' : format}`,
        type: `image/${format}`,
        bytes: photograph.file,
      }
    },
  }
}

/** What the metadata of a photograph say; undefined where they are to say nothing. */
export async function photographXmp(
  project: Project,
  order: LikenessOrder,
  { settings, altered }: { readonly settings: boolean; readonly altered: boolean },
): Promise<string | undefined> {
  if (!settings && !altered) return undefined
  const made = settings ? photographMadeWith(await programVersion(), project, order) : undefined
  return alteredPhotograph(made, altered)
}

/** Of the nine groups. */
const leftEye = 5

/** The face by which a picture is aligned; null where its landmarks are not known. */
export function faceIn({ name, sha256: hash, alignment, faces }: Picture): RememberedFace | null {
  const [quad, points] = [quadOf(alignment, faces), pointsOf(alignment, faces)]
  return quad === null || points === null ? null : { picture: { name, sha256: hash }, quad, points }
}

async function faceOfResult({ image, points }: Preview): Promise<RememberedFace | null> {
  if (points === null) return null
  const { width } = await sharpCodec.measure(image, 'result')
  return drawnFace(image, width, points)
}

/** 68 x (x, y) as fractions of the square; null where no search has found yet what is to be taken from its result. */
function targetOf(
  project: Project,
  { landmarks, sources, points, aim }: LikenessOrder,
  reached: readonly number[] | null,
): readonly number[] | null {
  // Points that were dragged have acted on the search.
  if (aim === 'result') return reached
  const known = sources.map((source) => {
    const face = faceIn(pictureIn(project, source ?? landmarks))
    return face === null ? reached : pointsInQuad(face.points, face.quad)
  })
  if (known.includes(null)) return null
  const target = Array.from({ length: 2 * landmarkCount }, (_, i) => known[landmarkGroupOf(i >> 1)]![i]!)
  for (const { index, x, y } of points) {
    target[2 * index] = x
    target[2 * index + 1] = y
  }
  return target
}

export function noPhotograph(): MienError {
  return new MienError('wrong-use', 'There is no photograph to warp: the look shows no face.', {
    hint: 'Choose a photograph in which a face is found, or cut its face out.',
  })
}
