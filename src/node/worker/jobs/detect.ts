import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { openFaceSearch, searchedPicture } from '../face-search.ts'
import { tellOfScaling } from '../pictures.ts'

/** The faces of a picture. Throws MienError 'bad-image', before any network is loaded for it. */
export async function detect(
  { picture }: Jobs['detect']['parameters'],
  events: Required<JobEvents>,
): Promise<Jobs['detect']['outcome']> {
  events.stage('pictures')
  const searched = await searchedPicture(picture)
  await tellOfScaling(picture, events)
  events.stage('faces')
  const search = await openFaceSearch()
  try {
    return await search.findIn(searched)
  } finally {
    await search.dispose()
  }
}
