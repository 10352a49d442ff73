import { isVideo } from '../../../clips/clip-files.ts'

const kind = 'application/x-mien-picture'

/** Lets a picture of the project be dragged to another place of the workspace. */
export function givePicture(event: DragEvent, picture: string): void {
  event.dataTransfer?.setData(kind, picture)
}

/** The picture that was dragged here; null for anything else. */
export function carriedPicture(event: DragEvent): string | null {
  return event.dataTransfer?.getData(kind) || null
}

/** The pictures that were dropped from outside; none where there is anything else among them. */
export function droppedPictures(event: DragEvent): readonly File[] {
  return onlyPictures(filesOf(event))
}

/** The same for files that came in another way. */
export function onlyPictures(files: readonly File[]): readonly File[] {
  return files.every(isPicture) ? files : []
}

/** Pictures and videos that were dropped from outside; none with anything else, which is for the whole window. */
export function droppedTargets(event: DragEvent): readonly File[] {
  return onlyTargets(filesOf(event))
}

/** The same for files that came in another way. */
export function onlyTargets(files: readonly File[]): readonly File[] {
  return files.every((file) => isPicture(file) || isVideo(file)) ? files : []
}

const filesOf = (event: DragEvent) => [...(event.dataTransfer?.files ?? [])]
const isPicture = ({ type }: File) => type.startsWith('image/')
