import { basename } from 'node:path'
import { type Clip, headLength } from '../../shared/clip.ts'
import { openFileSource } from '../host/file-source.ts'
import { isFolder, readWholeFile } from '../host/files.ts'
import { openAnimatedPicture } from '../runtime/animated-picture.ts'
import { isPicture } from '../runtime/picture-format.ts'
import { animationClip } from './animation-clip.ts'
import { largestPicture, openPictureFolder, pictureClip } from './picture-clip.ts'

/**
 * Opens a film's driver: a folder of pictures, a still, a GIF or animated WebP, or a video. Nothing stays open and nothing is
 * decoded until frames are asked for. Throws MienError with what is wrong with the file and what helps.
 */
export async function openClip(path: string): Promise<Clip> {
  if (await isFolder(path)) return openPictureFolder(path)
  const name = basename(path)
  const head = headOf(path)
  if (!isPicture(head)) {
    // What reads containers is seventy modules, which no search needs.
    const { openVideoClip } = await import('./video-clip.ts')
    return openVideoClip(path, name, head)
  }
  const animation = await openAnimatedPicture(await readWholeFile(path, largestPicture), name)
  return animation === undefined ? pictureClip(name, [path]) : animationClip(name, animation)
}

function headOf(path: string): Uint8Array {
  const source = openFileSource(path)
  try {
    return source.read(0, Math.min(headLength, source.size))
  } finally {
    source.close()
  }
}
