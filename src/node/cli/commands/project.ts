import { Command } from 'commander'
import { forkWorker } from '../../engine/fork.ts'
import type { TargetImages } from '../../engine/protocol.ts'
import { startRun } from '../../runs/run.ts'
import type { CommandContext } from '../context.ts'
import { tellChoices } from '../face-lines.ts'
import { addResumeOption, endProjection, followRun, type ResumeOptions, resume } from '../follow-run.ts'
import { addPictureOptions, type PictureOptions, readPictures } from '../options.ts'
import { addProjectionOptions, type ProjectionOptions, projectionOf } from '../projection-options.ts'

type Options = PictureOptions &
  ProjectionOptions & {
    readonly out: string
    readonly json?: boolean
  }

/** `mien project`: the main job. */
export function projectCommand(context: CommandContext): Command {
  const command = new Command('project')
    .summary('find the face with the look of one picture and the landmarks of another')
    .description(
      'Searches the latent space of a generator for the face with the look of one picture and the landmarks ' +
        'of another. Ctrl-C stops early and keeps what has been found.',
    )
  addPictureOptions(command).requiredOption('--out <folder>', 'folder for the results')
  addProjectionOptions(command)
    .option('--json', 'print the result as one JSON object')
    .addHelpText('after', help)
    .action((options: Options | ResumeOptions) =>
      'resume' in options ? resume(options, command, context) : project(options, context),
    )
  return addResumeOption(command)
}

const help = `
Results in the folder: proj.png, projected_w.npz (key w), noise.npz, start.png,
target_look.png, target_landmarks.png, contact-sheet.png, metrics.ndjson,
run.json, and proj.mp4 with --save-video. Where the result is a photograph,
proj_drawn.png is what the search drew, and with --paste-back proj_whole.png
the whole photograph. With --likeness tune the tuned generator draws proj.png of
projected_w.npz, and the look as it is of own_w.npz; it is
generator_tuned.safetensors ("mien export" writes it in other forms), and
proj_photograph.png what it was taught.

Photographs are searched for faces and aligned like FFHQ; of several faces the
largest is taken unless --look-face or --landmarks-face say otherwise.

Examples:
  mien project --look me.jpg --landmarks smile.jpg --steps 300 --out result
  mien project --look models/examples/look.png \\
    --landmarks models/examples/landmarks.png --no-align --steps 200 --out result
  mien project --look a.png --landmarks b.png --no-align --space w+ --save-video \\
    --model ffhq.pkl --landmark-model 2DFAN4.pth.tar \\
    --perceptual-model vgg16.pth,lpips.pth --steps 500 --out result
  mien project --resume result`

async function project(options: Options, context: CommandContext): Promise<void> {
  const projection = await projectionOf(options)
  const order = { ...(await readPictures(options)), ...projection, folder: options.out }
  const targets = (images: TargetImages) => tellChoices(context.terminal, options, images)
  const run = await followRun(context, (events) => startRun(forkWorker, order, { ...events, targets }))
  await endProjection(context, options.out, options, run)
}
