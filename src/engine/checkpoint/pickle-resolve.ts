import { allowedGlobal } from './pickle-globals.ts'
import type { PickleState } from './pickle-state.ts'
import { PickleGlobal } from './pickle-values.ts'
import { quoted, refusal } from './refusal.ts'

/** Honest files that Mien does not read, with what their owner can do; looked at only after the allow-list said no. */
const known: readonly (readonly [pattern: RegExp, message: string, hint: string])[] = [
  [
    /^(dnnlib\.tflib|tensorflow|keras)\.|^(tfutil|network)\.Network$/,
    'was made for TensorFlow, as all of StyleGAN and StyleGAN2 was before the PyTorch release.',
    'If it is StyleGAN2, legacy.py of stylegan2-ada-pytorch or stylegan3 converts it: python legacy.py --source=old.pkl --dest=new.pkl.',
  ],
  [
    /^torch\.nn\.modules\.sparse\.Embedding$/,
    'holds an embedding of labels as a Python object, as StyleGAN-XL does.',
    'Mien draws with StyleGAN2; StyleGAN-XL is another network. If it is none, save its weights alone: torch.save(model.state_dict(), "weights.pth").',
  ],
  [
    /^(pg_modules|timm)\./,
    'holds a discriminator of Projected GAN as a Python object.',
    'Save its generator alone in PyTorch: torch.save(G_ema.state_dict(), "generator.pth").',
  ],
  [
    /^torch\._utils\._rebuild_(sparse|qtensor|wrapper|meta|nested)/,
    'holds sparse, quantised or nested tensors, which Mien does not read.',
    'Save the weights as dense tensors of floats.',
  ],
]

const wholeModel = /^(torch\.(nn|optim)|training|face_alignment|torchvision)\./

/** The global of that name if the allow-list has it; else throws MienError 'forbidden' that names it. */
export function resolveGlobal(m: PickleState, module: string, name: string): PickleGlobal {
  const full = `${module}.${name}`
  const row = allowedGlobal(m.options.grammar, module, name)
  if (row !== undefined) return new PickleGlobal(row, full, m.at)
  const { file } = m.options.budget
  for (const [pattern, message, hint] of known) {
    if (pattern.test(full)) {
      throw refusal('unsupported-model', `The file "${file}" ${message}`, {
        file,
        offset: m.at,
        name: full,
        hint,
      })
    }
  }
  if (wholeModel.test(full)) {
    throw m.forbidden(
      `holds a whole Python object (${quoted(full)}) and not only weights`,
      full,
      'Save its weights alone in PyTorch: torch.save(model.state_dict(), "weights.pth").',
    )
  }
  throw m.forbidden(`names the Python object ${quoted(full)}, which Mien neither loads nor runs`, full)
}
