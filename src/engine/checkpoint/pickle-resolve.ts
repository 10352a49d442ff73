import { allowedGlobal } from './pickle-globals.ts'
import type { PickleState } from './pickle-state.ts'
import { PickleGlobal } from './pickle-values.ts'
import { quoted, refusal } from './refusal.ts'

/** Honest files that Mien does not read, with what their owner can do; looked at only after the allow-list said no. */
const known: readonly (readonly [pattern: RegExp, message: string, hint: string])[] = [
  [
    /^dnnlib\.tflib\./,
    'was made for TensorFlow (StyleGAN or StyleGAN2 before the PyTorch release).',
    'Convert it once with legacy.py of stylegan2-ada-pytorch or stylegan3: python legacy.py --source=old.pkl --dest=new.pkl.',
  ],
  [
    /^torch\._utils\._rebuild_(sparse|qtensor|wrapper|meta|nested)/,
    'holds sparse, quantised or nested tensors, which Mien does not read.',
    'Save the weights as dense tensors of floats.',
  ],
]

const wholeModel = /^(torch\.nn\.modules|torch\.nn\.parallel|face_alignment|torchvision)\./

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
  throw m.forbidden(`asks for ${quoted(full)}, which no checkpoint needs`, full)
}
