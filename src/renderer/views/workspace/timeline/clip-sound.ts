import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'
import { isVideoClip } from '../../../../shared/clip.ts'
import { useDrivers } from '../../../stores/drivers.ts'
import { useFilm } from '../film/film.ts'

/** The sound of the clip that drives the film. */
export const useClipSound = defineStore('clip-sound', () => {
  const drivers = useDrivers()
  const film = useFilm()
  /** Where the clip can be heard; null where it has no sound, or was not kept. */
  const address = shallowRef<string | null>(null)

  watch(
    () => film.driver?.id,
    async (id) => {
      if (address.value !== null) URL.revokeObjectURL(address.value)
      address.value = null
      const { driver } = film
      if (driver === null || driver.clip === null || !isVideoClip(driver.clip)) return
      const clip = await drivers.clipOf(driver)
      if (clip === undefined) return
      const { hasSound } = await import('../../../clips/clip-sound.ts')
      if ((await hasSound(clip)) && film.driver?.id === id) address.value = URL.createObjectURL(clip)
    },
    { immediate: true },
  )

  return { address }
})
