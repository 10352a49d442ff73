import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Result } from '../../shared/contract.ts'
import type { Driver } from '../../shared/driver.ts'
import type { AlignmentRecord, Picture, Project } from '../../shared/project.ts'
import { type SearchSettings, type Setup, withDriver, withoutDriver } from '../../shared/setup.ts'
import { failureOf, useAsk, useClient } from './client.ts'
import { type History, historyOf, redone, throughout, undone } from './history.ts'
import { useNotices } from './notices.ts'
import { useRuns } from './runs.ts'
import { isSame } from './same.ts'
import { setupChanged, type Target } from './setup-history.ts'

interface ComingPicture {
  readonly project: string
  readonly target: Target | null
}

/** Milliseconds from the last change of the setup until it is saved. */
const saveAfter = 400

/**
 * The open project. Its setup is changed here at once, saved by itself a moment later, and every change can be taken back.
 * Pictures and names are the service's, and outside of undo, and so is that a target got its first picture.
 */
export const useProject = defineStore('project', () => {
  const client = useClient()
  const ask = useAsk()
  const notices = useNotices()
  const runs = useRuns()

  const current = shallowRef<Project | null>(null)
  const history = shallowRef<History<Setup> | null>(null)
  const damage = shallowRef<readonly string[]>([])
  const readOnly = ref<string | null>(null)
  /** The project as it was when it was opened here, or as another window left it. */
  const found = shallowRef<Project | null>(null)
  /** Pictures that are being added: read, searched for faces, aligned. */
  const underWay = shallowRef<readonly ComingPicture[]>([])
  /** Whether there is something that the disk does not hold yet. */
  const unsaved = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let saving: Promise<void> = Promise.resolve()
  let turn: Promise<unknown> = Promise.resolve()
  /** Whether the service said that the project changed, here or elsewhere, and that was not looked at yet. */
  let news = false

  const id = computed(() => current.value?.id ?? null)
  const setup = computed(() => history.value?.present ?? null)
  const pictures = computed(() => current.value?.pictures ?? [])
  const drivers = computed(() => current.value?.drivers ?? [])
  /** What the pictures that are being added to this project are for. */
  const coming = computed(() =>
    underWay.value.filter(({ project }) => project === id.value).map(({ target }) => target),
  )
  const canUndo = computed(() => (history.value?.past.length ?? 0) > 0 && readOnly.value === null)
  const canRedo = computed(() => (history.value?.future.length ?? 0) > 0 && readOnly.value === null)

  /** Takes over what the service made of the project. */
  function adopt(project: Project): void {
    if (project.id === id.value) current.value = project
  }

  /**
   * Shows the project as the service has it. Where the setup is the same, what was turned here can still be taken back; of a
   * project that cannot be changed, what is looked at here stays for as long as the setup is as it was.
   */
  function take(opened: Result<'projects.open'>): void {
    const { setup: theirs } = opened.project
    const before = opened.project.id === id.value && opened.readOnly !== null ? found.value?.setup : undefined
    if (!isSame(theirs, setup.value) && !isSame(theirs, before)) history.value = historyOf(theirs)
    found.value = opened.project
    current.value = opened.project
    damage.value = opened.damage
    readOnly.value = opened.readOnly
  }

  /** One after the other: a project is let go before the next one is taken. */
  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = turn.then(act)
    turn = done
    return done
  }

  /** Opens a project in place of the one that is open. False where that failed; the reason was shown. */
  function open(project: string): Promise<boolean> {
    return inTurn(async () => {
      if (id.value === project) return true
      await letGo()
      const opened = await runs.taken(ask('projects.open', { project }), (given) => given.runs)
      if (opened === undefined) return false
      take(opened)
      return true
    })
  }

  const close = () => inTurn(letGo)

  async function letGo(): Promise<void> {
    const project = id.value
    if (project === null) return
    await saved()
    current.value = null
    history.value = null
    await ask('projects.close', { project })
  }

  /** Of a project that cannot be changed it is gone there in this window alone. */
  function goTo(next: History<Setup>): void {
    if (next.present === history.value?.present) return
    history.value = next
    if (readOnly.value !== null) return
    unsaved.value = true
    clearTimeout(timer)
    timer = setTimeout(saved, saveAfter)
  }

  /**
   * Changes the setup. Changes with the same `of` in quick succession (a slider that is dragged) are one step of undo; null
   * makes a step of its own.
   */
  function change(fields: Partial<Setup>, of: string | null = null): void {
    edit((present) => ({ ...present, ...fields }), of)
  }

  function edit(next: (setup: Setup) => Setup, of: string | null = null): void {
    if (readOnly.value === null) view(next, of)
  }

  /** Changes what of it is looked at, as `edit` does; also of a project that cannot be changed. */
  function view(next: (setup: Setup) => Setup, of: string | null = null): void {
    if (history.value === null) return
    goTo(setupChanged(history.value, next(history.value.present), of, Date.now()))
  }

  /** Gives the place of the landmark picture back to the picture. */
  function stopDriving(): void {
    edit((present) => withoutDriver(present, present.driver ?? ''))
  }

  function changeSettings(fields: Partial<SearchSettings>, of: string | null = null): void {
    if (setup.value !== null) change({ settings: { ...setup.value.settings, ...fields } }, of)
  }

  /** Changes how the project is looked at: that is kept with it where it can be, but no step of undo. */
  function showAs(result: Setup['result']): void {
    if (history.value === null || setup.value?.result === result) return
    goTo(
      throughout(history.value, ({ result: _, ...state }) =>
        result === undefined ? state : { ...state, result },
      ),
    )
  }

  function undo(): void {
    if (canUndo.value) goTo(undone(history.value!))
  }

  function redo(): void {
    if (canRedo.value) goTo(redone(history.value!))
  }

  /** Resolves when the disk holds the setup as it is now, or the reason why not was shown. */
  function saved(): Promise<void> {
    clearTimeout(timer)
    saving = saving.then(save)
    return saving
  }

  async function save(): Promise<void> {
    const project = id.value
    const present = setup.value
    if (!unsaved.value || project === null || present === null) return
    try {
      adopt(await client.call('projects.set-up', { project, setup: present }))
      unsaved.value = setup.value !== present
      void look()
    } catch (error) {
      notices.fail(failureOf(error))
    }
  }

  /** Takes over what another window did, unless there is more to save here: that goes first. */
  function look(): Promise<void> {
    return inTurn(async () => {
      const project = id.value
      if (!news || unsaved.value || project === null) return
      news = false
      const opened = await client.call('projects.open', { project }).catch(() => undefined)
      if (opened === undefined) return
      if (unsaved.value) news = true
      else take(opened)
    })
  }

  async function rename(name: string): Promise<void> {
    if (id.value === null || name.trim() === '' || name === current.value?.name) return
    const renamed = await ask('projects.rename', { project: id.value, name })
    if (renamed !== undefined) adopt(renamed)
  }

  function replacePicture(picture: Picture): void {
    const project = current.value
    if (project === null) return
    const others = project.pictures.filter((other) => other.id !== picture.id)
    const place = project.pictures.findIndex((other) => other.id === picture.id)
    const next = place < 0 ? [...others, picture] : others.toSpliced(place, 0, picture)
    adopt({ ...project, pictures: next })
  }

  /**
   * Adds a picture, to the open project or to one that was left in the meantime: looking for faces takes seconds. Undefined
   * where that failed.
   *
   * @param target - What it is to become, as is shown meanwhile.
   */
  async function addPicture(
    file: File,
    target: Target | null = null,
    to = id.value,
  ): Promise<Picture | undefined> {
    if (to === null) return undefined
    const one: ComingPicture = { project: to, target }
    underWay.value = [...underWay.value, one]
    const picture = await file
      .arrayBuffer()
      .then((bytes) => ask('pictures.add', { project: to, name: file.name, bytes: new Uint8Array(bytes) }))
      .finally(() => {
        underWay.value = underWay.value.filter((other) => other !== one)
      })
    if (picture !== undefined && id.value === to) replacePicture(picture)
    return picture
  }

  /** Takes a driver that the service made for that project into its setup, whether it is still open or not. */
  async function drive(driver: Driver, of: string): Promise<void> {
    const project = current.value
    if (project?.id === of) {
      const others = project.drivers.filter(({ id }) => id !== driver.id)
      adopt({ ...project, drivers: [...others, driver] })
    }
    if (id.value !== of || setup.value?.driver !== driver.id)
      await changeOf(of, (before) => withDriver(before, driver.id))
  }

  async function renameDriver(driver: string, name: string): Promise<void> {
    if (id.value === null || name.trim() === '') return
    const project = await ask('drivers.rename', { project: id.value, driver, name: name.trim() })
    if (project !== undefined) adopt(project)
  }

  async function removeDriver(driver: string): Promise<void> {
    if (id.value === null) return
    await saved()
    const project = await ask('drivers.remove', { project: id.value, driver })
    if (project === undefined) return
    adopt(project)
    history.value = historyOf(project.setup)
  }

  /** Changes the setup of that project, whether it is still open or not. */
  async function changeOf(project: string, next: (setup: Setup) => Setup): Promise<void> {
    await inTurn(async () => {
      if (id.value === project) return edit(next)
      const opened = await ask('projects.open', { project })
      if (opened === undefined) return
      await ask('projects.set-up', { project, setup: next(opened.project.setup) })
      await ask('projects.close', { project })
    })
  }

  async function alignPicture(picture: string, alignment: AlignmentRecord): Promise<void> {
    if (id.value === null) return
    const aligned = await ask('pictures.align', { project: id.value, picture, alignment })
    if (aligned !== undefined) replacePicture(aligned)
  }

  async function removePicture(picture: string): Promise<void> {
    if (id.value === null) return
    await saved()
    const project = await ask('pictures.remove', { project: id.value, picture })
    if (project === undefined) return
    adopt(project)
    history.value = historyOf(project.setup)
  }

  /** The picture encoded, upright or as its aligned square; `alignment` shows what another one would make of it. */
  async function showPicture(
    picture: string,
    what: 'upright' | 'square',
    size: number,
    alignment?: AlignmentRecord,
  ): Promise<Uint8Array | null> {
    if (id.value === null) return null
    const other = alignment === undefined ? {} : { alignment }
    const shown = await ask('pictures.show', { project: id.value, picture, what, size, ...other })
    return shown?.image ?? null
  }

  /** Where the landmark network of the setup sees these groups in the aligned square of a picture. */
  async function heatMaps(picture: string, groups: number[]): Promise<Uint8Array | null> {
    if (id.value === null) return null
    await saved()
    return (await ask('pictures.heat-maps', { project: id.value, picture, groups }))?.image ?? null
  }

  client.onConnection(async (connection) => {
    const project = id.value
    if (connection !== 'connected' || project === null) return
    // Some runs may be over, of which nobody told.
    const opened = await runs.taken(ask('projects.open', { project }), (given) => given.runs)
    if (opened === undefined || id.value !== project) return
    if (unsaved.value) await saved()
    else take(opened)
  })

  client.on('projects', ({ projects }) => {
    if (id.value === null || !projects.includes(id.value)) return
    news = true
    void look()
  })

  return {
    current,
    id,
    setup,
    pictures,
    drivers,
    damage,
    readOnly,
    found,
    coming,
    unsaved,
    canUndo,
    canRedo,
    open,
    close,
    change,
    edit,
    view,
    changeOf,
    drive,
    stopDriving,
    renameDriver,
    removeDriver,
    changeSettings,
    showAs,
    undo,
    redo,
    saved,
    rename,
    addPicture,
    alignPicture,
    removePicture,
    showPicture,
    heatMaps,
  }
})
