import { join } from 'node:path'
import { Option } from 'commander'
import { writeNpy } from '../../engine/checkpoint/npy.ts'
import { writeNpz } from '../../engine/checkpoint/npz.ts'
import { writeTorchTensor } from '../../engine/checkpoint/torch-zip-writer.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import { writeFileAtomic } from '../host/files.ts'

/** What a latent is written as, beside NVIDIA's npz with the key w: for each form its file and its bytes. */
const forms = {
  npy: { file: 'projected_w.npy', bytes: writeNpy },
  pt: { file: 'projected_w.pt', bytes: writeTorchTensor },
  dlatents: {
    file: 'projected_dlatents.npz',
    bytes: (latent: FloatTensor) => writeNpz({ dlatents: latent }),
  },
} as const satisfies Record<string, { file: string; bytes: (latent: FloatTensor) => Uint8Array }>

export type LatentForm = keyof typeof forms

/** `--latent-format`. */
export function latentFormatOption(): Option {
  return new Option(
    '--latent-format <form>',
    'write the latent in another form, too: npy, pt (a tensor of torch.save, as PTI and encoder4editing read it), or dlatents ' +
      '(an npz with that key, as older StyleGAN2 tools read it)',
  ).choices(Object.keys(forms))
}

/** Writes a latent [1, num_ws, w_dim] into the folder and gives the path. Throws MienError 'unwritable'. */
export async function writeLatentForm(
  folder: string,
  latent: FloatTensor,
  form: LatentForm,
): Promise<string> {
  const path = join(folder, forms[form].file)
  await writeFileAtomic(path, forms[form].bytes(latent))
  return path
}
