import type { FilmOrder } from '../../../../shared/film.ts'
import type { LikenessOrder } from '../../../../shared/likeness.ts'
import type { Picture, Project } from '../../../../shared/project.ts'
import type { Run } from '../../../../shared/run.ts'

/** How a picture was made, for its metadata. */
export interface MadeWith {
  readonly mien: string
  readonly run: string
  /** Names and hashes of the pictures of the setup. */
  readonly look: PictureName | null
  readonly landmarks: PictureName | null
  /** Where other pictures give the landmarks of a group, by its number. */
  readonly sources: Readonly<Record<string, PictureName | null>>
  readonly points: Run['setup']['points']
  readonly settings: Run['setup']['settings']
  readonly models: Run['setup']['models']
  /** What the generator is called; null for one that is not installed any more. */
  readonly model: string | null
  readonly steps: number
  readonly device: Run['device']
  readonly terms: Run['terms']
  readonly identity: number | null
}

type PictureName = Pick<Picture, 'name' | 'sha256'>

export function madeWith(version: string, project: Project, run: Run, model: string | null): MadeWith {
  const { look, landmarks, sources, points, settings, models } = run.setup
  return {
    mien: version,
    run: run.name,
    ...picturesOf(project, look, landmarks, sources),
    points,
    settings,
    models,
    model,
    steps: run.step,
    device: run.device,
    terms: run.terms,
    identity: run.identity,
  }
}

function picturesOf(
  { pictures }: Project,
  look: string | null,
  landmarks: string | null,
  sources: readonly (string | null)[],
): Pick<MadeWith, 'look' | 'landmarks' | 'sources'> {
  const named = (id: string | null) => pictureNamed({ pictures }, id)
  return {
    look: named(look),
    landmarks: named(landmarks),
    sources: Object.fromEntries(
      sources.flatMap((id, group) => (id === null ? [] : [[String(group), named(id)]])),
    ),
  }
}

function pictureNamed({ pictures }: Pick<Project, 'pictures'>, id: string | null): PictureName | null {
  const picture = pictures.find((one) => one.id === id)
  return picture === undefined ? null : { name: picture.name, sha256: picture.sha256 }
}

/** Of the property that holds everything, as JSON. */
const namespace = 'urn:mien:made-with:1#'

/**
 * An XMP packet (ISO 16684-1): which program made the picture, a sentence that picture viewers show, and everything as
 * JSON in `mien:madeWith`. PNG, JPEG, WebP and TIFF all carry it.
 */
export function xmpPacket(made: MadeWith): string {
  const { settings, steps, look, landmarks, model } = made
  const sentence =
    `The look of ${look?.name ?? 'a picture'} with the landmarks of ${landmarks?.name ?? 'a picture'}, ` +
    `found by Mien in ${steps} steps from seed ${settings.seed}${model === null ? '' : ` with the model ${model}`}.`
  return packetOf({ creator: made.mien, sentence, made })
}

/** How a photograph was warped, for its metadata. */
export interface PhotographMadeWith
  extends Pick<MadeWith, 'mien' | 'look' | 'landmarks' | 'sources' | 'points'> {
  readonly shares: readonly number[]
  readonly eyes: LikenessOrder['eyes']
  readonly aim: LikenessOrder['aim']
}

export function photographMadeWith(
  version: string,
  project: Project,
  { look, landmarks, sources, points, shares, eyes, aim }: LikenessOrder,
): PhotographMadeWith {
  return { mien: version, ...picturesOf(project, look, landmarks, sources), points, shares, eyes, aim }
}

/** How a film of a photograph was made, for its metadata. */
export interface FilmMadeWith extends Pick<MadeWith, 'mien' | 'look'> {
  /** What the driver is called. */
  readonly driver: string | null
  readonly film: FilmOrder['film']
}

export function filmMadeWith(
  version: string,
  project: Project,
  { look, driver, film }: FilmOrder,
): FilmMadeWith {
  const { name = null } = project.drivers.find(({ id }) => id === driver) ?? {}
  return { mien: version, look: pictureNamed(project, look), driver: name, film }
}

/**
 * As IPTC's vocabulary of digital source types calls a photograph that was put together with the help of a trained
 * model (cv.iptc.org/newscodes/digitalsourcetype).
 */
const alteredSource = 'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia'

/** The packet of a warped photograph: how it was made, if that is to be told, and that it is not as a camera took it. */
export function alteredPhotograph(
  made: PhotographMadeWith | FilmMadeWith | undefined,
  altered: boolean,
): string {
  return packetOf({
    creator: made?.mien,
    sentence: made === undefined ? 'A photograph altered with Mien.' : sentenceOf(made),
    made,
    source: altered ? alteredSource : undefined,
  })
}

/** The packet of a film that is drawn. */
export function drawnFilm(made: FilmMadeWith): string {
  const sentence = `A drawing of ${made.look?.name ?? 'a face'}, made with Mien: it moves as ${made.driver ?? 'a driver'}.`
  return packetOf({ creator: made.mien, sentence, made })
}

function sentenceOf(made: PhotographMadeWith | FilmMadeWith): string {
  const of = (name: string | null | undefined) => name ?? 'a photograph'
  const does =
    'film' in made
      ? `it moves as ${made.driver ?? 'a driver'}`
      : `it has the landmarks of ${of(made.landmarks?.name)}`
  return `The photograph ${of(made.look?.name)}, altered with Mien: ${does}.`
}

function packetOf({
  creator,
  sentence,
  made,
  source,
}: {
  readonly creator: string | undefined
  readonly sentence: string
  readonly made: object | undefined
  readonly source?: string | undefined
}): string {
  return [
    '<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    '<rdf:Description rdf:about=""',
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"',
    ' xmlns:xmp="http://ns.adobe.com/xap/1.0/"',
    ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"',
    ` xmlns:mien="${namespace}">`,
    `<xmp:CreatorTool>${escaped(creator === undefined ? 'Mien' : `Mien ${creator}`)}</xmp:CreatorTool>`,
    `<dc:description><rdf:Alt><rdf:li xml:lang="x-default">${escaped(sentence)}</rdf:li></rdf:Alt></dc:description>`,
    ...(source === undefined
      ? []
      : [`<Iptc4xmpExt:DigitalSourceType>${source}</Iptc4xmpExt:DigitalSourceType>`]),
    ...(made === undefined ? [] : [`<mien:madeWith>${escaped(JSON.stringify(made))}</mien:madeWith>`]),
    '</rdf:Description></rdf:RDF></x:xmpmeta>',
    '<?xpacket end="w"?>',
  ].join('\n')
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** For the text of an XML element. */
function escaped(text: string): string {
  return text.replace(/[&<>]/g, (character) => entities[character]!)
}
