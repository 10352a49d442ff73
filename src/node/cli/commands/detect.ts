import { Command } from 'commander'
import { readPictureFile } from '../../runs/record/pictures.ts'
import { type CommandContext, withStoppableEngine } from '../context.ts'
import { faceJson, faceLine } from '../face-lines.ts'
import { progressDisplay } from '../progress.ts'

interface Options {
  readonly json?: boolean
}

/** `mien detect`: the faces of a photograph. */
export function detectCommand(context: CommandContext): Command {
  return new Command('detect')
    .summary('find the faces in a photograph')
    .description(
      'Finds all faces in a photograph, the largest first: box, score, 68 landmarks and the square of FFHQ, in ' +
        'pixels of the upright picture. Faces may be turned by any angle.',
    )
    .argument('<photo>', 'JPEG, PNG, WebP, GIF, TIFF or AVIF; scaled down first if over 64 megapixels')
    .option('--json', 'print width, height and faces as one JSON object')
    .addHelpText(
      'after',
      `
The number in front of a face is what --face of "mien align", and --look-face and
--landmarks-face of "mien project" take. A photograph without a face is no error:
the list is empty.

Examples:
  mien detect family.jpg
  mien detect family.jpg --json > faces.json`,
    )
    .action((photo: string, options: Options) => detect(photo, options, context))
}

async function detect(photo: string, { json }: Options, { terminal }: CommandContext): Promise<void> {
  const picture = await readPictureFile(photo)
  const { width, height, faces } = await withStoppableEngine(
    (engine) => engine.start('detect', { picture }, progressDisplay(terminal)).outcome,
  )
  terminal.status(undefined)
  if (json) return terminal.print(JSON.stringify({ width, height, faces: faces.map(faceJson) }))
  const count = faces.length === 0 ? 'No face' : faces.length === 1 ? 'One face' : `${faces.length} faces`
  terminal.print(`${count} in ${photo} (${width} x ${height}).`)
  for (const [i, face] of faces.entries()) terminal.print(faceLine(face, i + 1))
}
