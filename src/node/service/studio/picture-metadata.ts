import type { Picture, Project } from '../../../shared/project.ts'
import type { Run } from '../../../shared/run.ts'

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
  readonly steps: number
  readonly device: Run['device']
  readonly terms: Run['terms']
  readonly identity: number | null
}

type PictureName = Pick<Picture, 'name' | 'sha256'>

export function madeWith(version: string, project: Project, run: Run): MadeWith {
  const { look, landmarks, sources, points, settings, models } = run.setup
  const named = (id: string | null): PictureName | null => {
    const picture = project.pictures.find((one) => one.id === id)
    return picture === undefined ? null : { name: picture.name, sha256: picture.sha256 }
  }
  return {
    mien: version,
    run: run.name,
    look: named(look),
    landmarks: named(landmarks),
    sources: Object.fromEntries(
      sources.flatMap((id, group) => (id === null ? [] : [[String(group), named(id)]])),
    ),
    points,
    settings,
    models,
    steps: run.step,
    device: run.device,
    terms: run.terms,
    identity: run.identity,
  }
}

/** Of the property that holds everything, as JSON. */
const namespace = 'urn:mien:made-with:1#'

/**
 * An XMP packet (ISO 16684-1): which program made the picture, a sentence that picture viewers show, and everything as
 * JSON in `mien:madeWith`. PNG, JPEG, WebP and TIFF all carry it.
 */
export function xmpPacket(made: MadeWith): string {
  const { settings, steps, look, landmarks } = made
  const sentence =
    `The look of ${look?.name ?? 'a picture'} with the landmarks of ${landmarks?.name ?? 'a picture'}, ` +
    `found by Mien in ${steps} steps from seed ${settings.seed}.`
  return [
    '<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    '<rdf:Description rdf:about=""',
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"',
    ' xmlns:xmp="http://ns.adobe.com/xap/1.0/"',
    ` xmlns:mien="${namespace}">`,
    `<xmp:CreatorTool>${escaped(`Mien ${made.mien}`)}</xmp:CreatorTool>`,
    `<dc:description><rdf:Alt><rdf:li xml:lang="x-default">${escaped(sentence)}</rdf:li></rdf:Alt></dc:description>`,
    `<mien:madeWith>${escaped(JSON.stringify(made))}</mien:madeWith>`,
    '</rdf:Description></rdf:RDF></x:xmpmeta>',
    '<?xpacket end="w"?>',
  ].join('\n')
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** For the text of an XML element. */
function escaped(text: string): string {
  return text.replace(/[&<>]/g, (character) => entities[character]!)
}
