import { useI18n } from 'vue-i18n'
import type { Driver } from '../../../../shared/driver.ts'

/** Names of drivers: those that come with Mien are said in the window's language. */
export function useDriverNames() {
  const { t } = useI18n()
  const driverName = ({ name, template }: Pick<Driver, 'name' | 'template'>) =>
    template === undefined ? name : t(`workspace.film.templates.${template}`)
  return { driverName }
}
