import { watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useNotices } from '../../../stores/notices.ts'
import { usePreferences } from '../../../stores/preferences.ts'

/** Says once, when the first photograph that was changed is shown, whose such pictures are. */
export function usePeopleNote(isShown: () => boolean): void {
  const { t } = useI18n()
  const notices = useNotices()
  const preferences = usePreferences()
  watch(
    isShown,
    (shown) => {
      if (!shown || preferences.current.peopleNoted) return
      notices.tell(t('workspace.likeness.noted'))
      void preferences.set({ peopleNoted: true })
    },
    { immediate: true },
  )
}
