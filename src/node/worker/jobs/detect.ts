import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { openFaceSearch } from '../face-search.ts'
import { tellOfScaling } from '../pictures.ts'

/** The faces of a picture. */
export async function detect(
  { picture }: Jobs['detect']['parameters'],
  events: Required<JobEvents>,
): Promise<Jobs['detect']['outcome']> {
  events.stage('faces')
  await tellOfScaling(picture, events)
  const search = await openFaceSearch()
  try {
    return await search.find(picture)
  } finally {
    await search.dispose()
  }
}
