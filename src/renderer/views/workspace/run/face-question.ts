import { defineStore } from 'pinia'
import { computed, shallowReactive, shallowRef } from 'vue'
import type { Setup } from '../../../../shared/setup.ts'
import { useProject } from '../../../stores/project.ts'
import { useRuns } from '../../../stores/runs.ts'
import { type FacelessPicture, facelessPictures } from './faceless-pictures.ts'

interface Question {
  readonly about: readonly FacelessPicture[]
  readonly answer: (yes: boolean) => void
}

/** Whether a run is to begin with pictures in which no face was found: asked once for each picture. */
export const useFaceQuestion = defineStore('face-question', () => {
  const project = useProject()
  const runs = useRuns()
  /** Ids of pictures that are taken as they are on purpose. */
  const accepted = shallowReactive(new Set<string>())
  const asked = shallowRef<Question | null>(null)

  /** What the open question is about; empty where none is open. */
  const about = computed(() => asked.value?.about ?? [])

  /** Whether a run of that setup may begin; resolves when the user has said so, at once where there is nothing to ask. */
  function ask(setup: Setup): Promise<boolean> {
    answer(false)
    const made = project.id === null ? [] : runs.ofProject(project.id)
    const doubtful = facelessPictures(setup, project.pictures, made).filter(
      ({ picture }) => !accepted.has(picture.id),
    )
    if (doubtful.length === 0) return Promise.resolve(true)
    return new Promise((resolve) => {
      asked.value = { about: doubtful, answer: resolve }
    })
  }

  /** Closes the question. A yes holds for its pictures from then on. */
  function answer(yes: boolean): void {
    if (yes) for (const { picture } of about.value) accept(picture.id)
    const open = asked.value
    asked.value = null
    open?.answer(yes)
  }

  /** Never asks about that picture again. */
  function accept(picture: string): void {
    accepted.add(picture)
  }

  return { about, ask, answer, accept }
})
