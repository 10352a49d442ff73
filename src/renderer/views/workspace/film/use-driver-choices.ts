import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { templates } from '../../../../shared/driver.ts'
import { withDriver } from '../../../../shared/setup.ts'
import { drivingFiles } from '../../../clips/clip-files.ts'
import { chooseFiles } from '../../../components/choose-files.ts'
import type { MenuItem } from '../../../components/menu.ts'
import { useDrivers } from '../../../stores/drivers.ts'
import { useProject } from '../../../stores/project.ts'
import { hasCameras } from '../camera/camera.ts'
import { useTargets } from '../pictures/targets.ts'
import { useWorkspace } from '../workspace.ts'
import { useFilm } from './film.ts'
import { useDriverNames } from './use-driver-names.ts'

/** All that can stand in the place for expression and pose. */
export function useDriverChoices() {
  const { t } = useI18n()
  const drivers = useDrivers()
  const film = useFilm()
  const project = useProject()
  const targets = useTargets()
  const workspace = useWorkspace()
  const { driverName } = useDriverNames()

  async function choose(): Promise<void> {
    await targets.add('landmarks', await chooseFiles(`image/*,${drivingFiles}`))
  }

  function photograph(): void {
    workspace.photographed = { target: 'landmarks', instead: null }
  }

  /** Motions that come with Mien: the first film needs no clip. */
  const motions = computed<MenuItem[]>(() =>
    templates.map((template) => ({
      label: t(`workspace.film.templates.${template}`),
      icon: 'film',
      act: () => void drivers.useTemplate(template),
    })),
  )

  const choices = computed<(MenuItem | null)[]>(() => {
    const { setup } = project
    const own = project.drivers.filter(({ id, template }) => template === undefined && id !== film.driver?.id)
    const pictures = project.pictures.filter(({ id }) => film.driver !== null || id !== setup?.landmarks)
    return [
      { label: t('workspace.film.chooseFile'), icon: 'open', act: () => void choose() },
      ...(hasCameras()
        ? [{ label: t('workspace.useCamera'), icon: 'camera' as const, act: photograph }]
        : []),
      null,
      ...motions.value,
      ...own.map((driver) => ({
        label: driverName(driver),
        icon: 'film' as const,
        act: () => project.edit((setup) => withDriver(setup, driver.id)),
      })),
      ...(pictures.length > 0 ? [null] : []),
      ...pictures.map(({ id, name }) => ({ label: name, act: () => targets.use('landmarks', id) })),
    ]
  })

  return { choices, motions, choose }
}
