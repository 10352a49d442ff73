import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { useClient } from './client.ts'

export type View = 'gallery' | 'bin' | 'workspace' | 'models' | 'cluster' | 'settings'

/** Where the user is: a view, with the project and the run that a workspace shows. */
export interface Place {
  readonly view: View
  readonly project?: string
  readonly run?: string
}

function placeFrom(state: unknown): Place {
  const { view, project, run } = (state ?? {}) as Partial<Record<keyof Place, unknown>>
  if (view === 'workspace' && typeof project === 'string') {
    return { view, project, ...(typeof run === 'string' ? { run } : {}) }
  }
  return view === 'bin' || view === 'models' || view === 'cluster' || view === 'settings'
    ? { view }
    : { view: 'gallery' }
}

/**
 * The place is kept in the entry of the browser's history, so that a reload stays where it was and Back goes back. The
 * address itself never changes: in the browser host its fragment is the service's.
 */
export const usePlace = defineStore('place', () => {
  const current = shallowRef<Place>(placeFrom(history.state))

  function go(place: Place): void {
    const { view, project, run } = current.value
    if (place.view === view && place.project === project && place.run === run) return
    current.value = place
    history.pushState(place, '')
  }

  useClient().on('project.open', ({ project }) => go({ view: 'workspace', project }))
  window.addEventListener('popstate', ({ state }) => {
    current.value = placeFrom(state)
  })

  return { current, go }
})
