import { useI18n } from 'vue-i18n'
import { useModels } from '../../stores/models.ts'
import { useNotices } from '../../stores/notices.ts'

/** The kinds of files that are offered to choose from. */
export const checkpointFiles = '.pkl,.pt,.pth,.tar,.zip,.safetensors,.npz,.bin'

/** Imports checkpoints and says which models are ready; a refusal stands in the models view. */
export function useImport(): (files: readonly File[]) => Promise<void> {
  const { t } = useI18n()
  const models = useModels()
  const notices = useNotices()
  return async (files) => {
    for (const { name } of await models.bringInAll(files)) {
      notices.tell(t('models.imported', { name }), null, 'good')
    }
  }
}
