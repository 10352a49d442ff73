import { watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useDrivers } from '../../../stores/drivers.ts'
import { useNotices } from '../../../stores/notices.ts'
import { useDriverChoices } from './use-driver-choices.ts'

/** Says where the reading of a clip was cut short since the page was loaded anew, and lets it be chosen again. */
export function useCutReading(): void {
  const { t } = useI18n()
  const drivers = useDrivers()
  const notices = useNotices()
  const { choose } = useDriverChoices()

  watch(
    () => drivers.cut,
    (cut) => {
      if (cut === null) return
      const again = { label: t('workspace.film.readAgain'), act: () => void choose() }
      notices.refuse(
        t('workspace.film.cutReading', { name: cut.name }),
        t('workspace.film.cutReadingHint'),
        again,
      )
      void drivers.forgetCut()
    },
    { immediate: true },
  )
}
