import { isMoving } from './moving-picture.ts'

const videoNames = /\.(mp4|m4v|mov|qt|webm|mkv|avi|wmv|flv|mpe?g|ts|m2ts)$/i
const movingNames = /\.(gif|webp)$/i

/** What a motion is called by, where several arrays lie in a file; and where a zip lists them: its last bytes. */
const arraysOfMotions = ['shapes_sha256.npy', 'rotations.npy', 'expressions.npy']
const listBytes = 4096

/** What the user may choose as a film's driver, for a dialog of the system. */
export const drivingFiles = 'video/*,.mkv,.npz'

/** Whether a file is a video by its type or name, be it one that Mien reads or one that it says something about. */
export function isVideo({ name, type }: Pick<File, 'name' | 'type'>): boolean {
  return type.startsWith('video/') || (type === '' && videoNames.test(name))
}

/** Whether a file is a motion that was saved, and not one of the models that have such names too. */
export async function isMotion(file: File): Promise<boolean> {
  if (!holdsArrays(file)) return false
  const list = new TextDecoder('latin1').decode(await file.slice(-listBytes).arrayBuffer())
  return arraysOfMotions.every((name) => list.includes(name))
}

/** Pictures that stand, and what a film can be driven by, each in their order. */
export interface PicturesAndDrivers {
  readonly pictures: readonly File[]
  readonly drivers: readonly File[]
}

/**
 * What files are for. Of arrays that somebody chose here the service says what is wrong, if they are no motion.
 *
 * @param mayMove whether a picture that moves is a driver, by its place; else it is a picture
 */
export async function picturesAndDrivers(
  files: readonly File[],
  mayMove: (place: number) => boolean,
): Promise<PicturesAndDrivers> {
  const pictures: File[] = []
  const drivers: File[] = []
  for (const [place, file] of files.entries()) {
    const drives = isVideo(file) || holdsArrays(file) || (mayMove(place) && (await isMovingPicture(file)))
    if (drives) drivers.push(file)
    else pictures.push(file)
  }
  return { pictures, drivers }
}

function holdsArrays({ name }: Pick<File, 'name'>): boolean {
  return /\.npz$/i.test(name)
}

async function isMovingPicture(file: File): Promise<boolean> {
  return movingNames.test(file.name) && isMoving(new Uint8Array(await file.arrayBuffer()))
}
