import type { StoredNetwork, Weights } from '../weights.ts'

/** A network that people have and that no job takes: what it is, and what to give instead. */
export interface Stranger {
  readonly what: string
  readonly hint: string
}

const otherForm = 'Mien reads generators of StyleGAN2 in the forms of NVIDIA and of rosinality.'
const otherMeasure = 'Give VGG16 and the weights of LPIPS for it: vgg16.pth and lpips.pth.'
const otherFace = 'Give the FAN that finds landmarks in pictures, 2DFAN4.'

/** The first that fits counts. A pattern fits where a tensor has such a name; a shape may be asked for beside it. */
const strangers: readonly (Stranger & {
  readonly names: RegExp
  readonly isShaped?: (shape: readonly number[]) => boolean
})[] = [
  {
    what: 'a generator of StyleGAN-XL',
    names: /(^|\.)mapping\.embed_proj\.weight$/,
    hint: 'Its synthesis is that of StyleGAN3. Mien draws with StyleGAN2.',
  },
  {
    what: 'a generator of StyleGAN3 (config T or R)',
    names: /(^|\.)synthesis\.input\.affine\.weight$/,
    hint: 'Mien draws with StyleGAN2. Give a generator of StyleGAN2; those that stylegan3 trains with --cfg=stylegan2 are such.',
  },
  {
    what: 'a generator of the first StyleGAN',
    names: /(^|\.)progression\.0\.adain1\./,
    hint: 'It normalises where StyleGAN2 demodulates. Mien draws with StyleGAN2.',
  },
  {
    what: 'a generator in the form of MMGeneration',
    names: /(^|\.)constant_input\.input$/,
    hint: `${otherForm} A file of MMGeneration does not say in which order its colours are.`,
  },
  {
    what: 'a generator in the form of BasicSR, as GFPGAN has one',
    names: /(^|\.)style_conv1\.modulated_conv\.weight$/,
    hint: otherForm,
  },
  {
    what: 'a generator in the form of GenForce',
    names: /(^|\.)synthesis\.early_layer\.(const|weight)$/,
    hint: `${otherForm} Those of GenForce were mostly converted from files of NVIDIA: give these.`,
  },
  {
    what: "a generator of lucidrains' stylegan2-pytorch",
    names: /(^|\.)blocks\.0\.to_style1\.weight$/,
    hint: `That is another network of the same name. ${otherForm}`,
  },
  {
    what: 'an encoder without its decoder',
    names: /(^|\.)encoder\.input_layer\.0\.weight$/,
    hint: 'The generator is the decoder: give a file that holds it, or the one that the encoder was trained with.',
  },
  {
    what: 'a diffusion model',
    names: /^model\.diffusion_model\./,
    hint: 'Mien draws with StyleGAN2.',
  },
  {
    what: 'the network of face-alignment that guesses depth',
    names: /(^|\.)conv1\.weight$/,
    isShaped: ([, inputs]) => inputs === 3 + 68,
    hint: otherFace,
  },
  {
    what: 'a detector of faces (S3FD)',
    names: /(^|\.)conv3_3_norm\.weight$/,
    hint: otherFace,
  },
  {
    what: 'VGG with batch normalisation',
    names: /(^|\.)features\.1\.running_mean$/,
    hint: otherMeasure,
  },
  {
    what: 'VGG19',
    names: /(^|\.)features\.34\.weight$/,
    hint: otherMeasure,
  },
  {
    what: 'LPIPS for AlexNet',
    names: /(^|\.)lin1\.model\.1\.weight$/,
    isShaped: ([, channels]) => channels === 192,
    hint: otherMeasure,
  },
  {
    what: 'AlexNet',
    names: /(^|\.)features\.0\.weight$/,
    isShaped: ([, , height]) => height === 11,
    hint: otherMeasure,
  },
  {
    what: 'LPIPS for SqueezeNet',
    names: /(^|\.)lin6\.model\.1\.weight$/,
    hint: otherMeasure,
  },
  {
    what: 'SqueezeNet',
    names: /(^|\.)features\.3\.squeeze\.weight$/,
    hint: otherMeasure,
  },
]

/** Which of them a network is, judged by its tensors; undefined for any other. */
export function strangerOf({ weights }: { readonly weights: Weights }): Stranger | undefined {
  return strangers.find(({ names, isShaped = () => true }) =>
    [...weights].some(([name, { shape }]) => names.test(name) && isShaped(shape)),
  )
}

/** The first of them among networks. */
export function strangerAmong(networks: readonly StoredNetwork[]): Stranger | undefined {
  return networks.map(strangerOf).find((found) => found !== undefined)
}
