import { dirname, extname } from 'node:path'
import { Command } from 'commander'
import { MienError } from '../../../engine/errors.ts'
import type { GeneratorFormat } from '../../../shared/exports.ts'
import { requireWritable, writeFileAtomic } from '../../host/files.ts'
import { resolveModels } from '../../models/store.ts'
import { type CommandContext, withStoppableEngine } from '../context.ts'
import { megabytes } from '../model-lines.ts'
import { addModelOptions, type ModelOptions, modelChoices } from '../options.ts'
import { progressDisplay } from '../progress.ts'

type Options = ModelOptions & { readonly out: string; readonly json?: boolean }

/** What a file is to be, by how its name ends. */
const formats: Readonly<Record<string, GeneratorFormat>> = {
  '.safetensors': 'safetensors',
  '.pt': 'pt',
  '.npz': 'difference',
}

/** `mien export`: a generator in another form. */
export function exportCommand(context: CommandContext): Command {
  const command = new Command('export')
    .summary('write a generator in another form')
    .description('Writes a generator in the form that the name of the file asks for by its end.')
    .requiredOption('--out <file>', 'file to write: .pt, .npz or .safetensors')
  return addModelOptions(command, false)
    .option('--json', 'print what was written as one JSON object')
    .addHelpText(
      'after',
      `
.pt           a state dict for PyTorch: G.load_state_dict(torch.load(file))
              of stylegan2-ada-pytorch
.npz          of a tuned generator what differs from the one that it was tuned
              from, in float16: small to keep and to send. --model and
              "mien import" take it where that one is installed
.safetensors  the whole generator

Examples:
  mien export --model result/generator_tuned.safetensors \\
    --out generator_tuned.pt
  mien export --model result/generator_tuned.safetensors \\
    --out generator_difference.npz`,
    )
    .action((options: Options) => write(options, context))
}

async function write({ out, json, ...choices }: Options, { terminal }: CommandContext): Promise<void> {
  const format = formatOf(out)
  const { generator } = await resolveModels(modelChoices(choices), ['generator'])
  await requireWritable(dirname(out), 0)
  const { stage } = progressDisplay(terminal)
  const { file } = await withStoppableEngine(
    (engine) => engine.start('export-generator', { generator, format }, { stage }).outcome,
  )
  await writeFileAtomic(out, file)
  terminal.status(undefined)
  if (json) return terminal.print(JSON.stringify({ out, format, bytes: file.length }))
  terminal.print(`${out}: ${megabytes(file.length)}.`)
}

function formatOf(out: string): GeneratorFormat {
  const format = formats[extname(out).toLowerCase()]
  if (format !== undefined) return format
  throw new MienError('wrong-use', `The name ${out} does not say in which form the generator is wanted.`, {
    file: out,
    hint: `Let it end in ${Object.keys(formats).join(', ')}.`,
  })
}
