import { type ErrorDetails, MienError } from '../errors.ts'

const hints = {
  'bad-file': 'The file may be damaged or cut short: download or export it again.',
  forbidden:
    'Mien reads weights and never runs code from a file; take the checkpoint from its original source, or save only its state_dict.',
  'unsupported-model':
    'Mien reads StyleGAN2, FAN and VGG16-LPIPS weights as .pkl, .pth, .pt, .safetensors and .npz.',
} as const

/** An error of a reader, with the hint of its code unless `details` has a better one. */
export function refusal(code: keyof typeof hints, message: string, details: ErrorDetails): MienError {
  return new MienError(code, message, { hint: hints[code], ...details })
}

/** `text` for a sentence: printable, in quotes, at most 120 characters. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 119)}…` : text)
}
