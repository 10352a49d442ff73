import type { Sentences } from '../sentences.ts'

/** Of networks that Mien knows and does not run. */
export const strangers: Sentences = {
  'a generator of StyleGAN-XL': 'einen Generator von StyleGAN-XL',
  'a generator of StyleGAN3 (config T or R)': 'einen Generator von StyleGAN3 (Konfiguration T oder R)',
  'a generator of the first StyleGAN': 'einen Generator des ersten StyleGAN',
  'a generator in the form of MMGeneration': 'einen Generator in der Form von MMGeneration',
  'a generator in the form of BasicSR, as GFPGAN has one':
    'einen Generator in der Form von BasicSR, wie GFPGAN ihn hat',
  'a generator in the form of GenForce': 'einen Generator in der Form von GenForce',
  "a generator of lucidrains' stylegan2-pytorch": 'einen Generator von lucidrains’ stylegan2-pytorch',
  'an encoder without its decoder': 'einen Encoder ohne seinen Decoder',
  'a diffusion model': 'ein Diffusionsmodell',
  'the network of face-alignment that guesses depth': 'das Netz von face-alignment, das die Tiefe schätzt',
  'a detector of faces (S3FD)': 'einen Gesichtsfinder (S3FD)',
  'VGG with batch normalisation': 'VGG mit Batch-Normalisierung',
  'LPIPS for AlexNet': 'LPIPS für AlexNet',
  'LPIPS for SqueezeNet': 'LPIPS für SqueezeNet',
  'Mien draws with StyleGAN2.': 'Mien zeichnet mit StyleGAN2.',
  'Give a generator of StyleGAN2; those that stylegan3 trains with --cfg=stylegan2 are such.':
    'Geben Sie einen Generator von StyleGAN2 an; die von stylegan3 mit --cfg=stylegan2 gelernten sind solche.',
  'Its synthesis is that of StyleGAN3.': 'Seine Synthese ist die von StyleGAN3.',
  'It normalises where StyleGAN2 demodulates.': 'Er normalisiert, wo StyleGAN2 demoduliert.',
  'Mien reads generators of StyleGAN2 in the forms of NVIDIA and of rosinality.':
    'Mien liest Generatoren von StyleGAN2 in den Formen von NVIDIA und von rosinality.',
  'A file of MMGeneration does not say in which order its colours are.':
    'Eine Datei von MMGeneration sagt nicht, in welcher Reihenfolge ihre Farben stehen.',
  'Those of GenForce were mostly converted from files of NVIDIA: give these.':
    'Die von GenForce wurden meist aus Dateien von NVIDIA umgewandelt: Nehmen Sie diese.',
  'That is another network of the same name.': 'Das ist ein anderes Netz desselben Namens.',
  'The generator is the decoder: give a file that holds it, or the one that the encoder was trained with.':
    'Der Generator ist der Decoder: Geben Sie eine Datei an, die ihn enthält, oder den, mit dem der Encoder gelernt wurde.',
  'Give VGG16 and the weights of LPIPS for it: vgg16.pth and lpips.pth.':
    'Geben Sie VGG16 und die Gewichte von LPIPS dafür an: vgg16.pth und lpips.pth.',
  'Give the FAN that finds landmarks in pictures, 2DFAN4.':
    'Geben Sie das FAN an, das Merkpunkte in Bildern findet, 2DFAN4.',
}
