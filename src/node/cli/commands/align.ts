import { dirname } from 'node:path'
import { Command } from 'commander'
import { requireWritable, writeFileAtomic } from '../../host/files.ts'
import { sharpCodec } from '../../runtime/sharp-codec.ts'
import { wholeNumber } from '../arguments.ts'
import { type CommandContext, withStoppableEngine } from '../context.ts'
import { alignmentJson, tellChoice } from '../face-lines.ts'
import { faceNumber, readTarget } from '../options.ts'
import { progressDisplay } from '../progress.ts'

interface Options {
  readonly out: string
  readonly face?: number
  readonly points?: string
  readonly size: number
  readonly json?: boolean
}

const leastSize = 16
const mostSize = 2048

/** `mien align`: a face cut out as FFHQ has it. */
export function alignCommand(context: CommandContext): Command {
  return new Command('align')
    .summary('cut a face out of a photograph, aligned like FFHQ')
    .description(
      'Cuts the largest face, or the one that is chosen, out of the full photograph: level with the eyes, as the ' +
        'pictures of FFHQ are. What lies beyond the edge is reflected and blurred.',
    )
    .argument('<photo>', 'JPEG, PNG, WebP, GIF, TIFF or AVIF; scaled down first if over 64 megapixels')
    .requiredOption('--out <png>', 'picture to write')
    .option('--face <n>', 'face to take: 1 is the largest, as "mien detect" lists them', faceNumber)
    .option('--size <pixels>', 'width and height of the result', wholeNumber(leastSize, mostSize), 1024)
    .option('--points <file>', 'landmarks by hand: JSON of 68 [x, y], in pixels of the upright picture')
    .option('--json', 'print what was done as one JSON object')
    .addHelpText(
      'after',
      `
The landmarks are in the order of iBUG 300-W; --points also takes what --json of
this command prints. "mien project" aligns photographs by itself.

Examples:
  mien align family.jpg --face 2 --out crop.png
  mien align family.jpg --size 256 --out crop.png --json > crop.json
  mien align hidden.jpg --points by-hand.json --out crop.png`,
    )
    .action((photo: string, options: Options) => align(photo, options, context))
}

async function align(photo: string, options: Options, { terminal }: CommandContext): Promise<void> {
  const { out, face, points, size } = options
  const picture = await readTarget(photo, { face, points })
  await requireWritable(dirname(out), 0)
  const { image, alignment } = await withStoppableEngine(
    (engine) => engine.start('align', { picture, size }, progressDisplay(terminal)).outcome,
  )
  terminal.status(undefined)
  tellChoice(terminal, photo, alignment, face !== undefined, '--face')
  await writeFileAtomic(out, await sharpCodec.encodePng(image))
  if (options.json) return terminal.print(JSON.stringify({ out, size, ...alignmentJson(alignment) }))
  terminal.print(`Face in ${out} (${size} x ${size}).`)
}
