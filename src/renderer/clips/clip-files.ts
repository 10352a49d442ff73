import { isMoving } from './moving-picture.ts'

const videoNames = /\.(mp4|m4v|mov|qt|webm|mkv|avi|wmv|flv|mpe?g|ts|m2ts)$/i
const movingNames = /\.(gif|webp)$/i

/** Whether a file is a video by its type or name, be it one that Mien reads or one that it says something about. */
export function isVideo({ name, type }: Pick<File, 'name' | 'type'>): boolean {
  return type.startsWith('video/') || (type === '' && videoNames.test(name))
}

/** Whether a file is a motion that was saved, by its name. */
export function isMotion({ name }: Pick<File, 'name'>): boolean {
  return /\.npz$/i.test(name)
}

/** Whether a file is a picture that moves. */
export async function isMovingPicture(file: File): Promise<boolean> {
  return movingNames.test(file.name) && isMoving(new Uint8Array(await file.arrayBuffer()))
}
