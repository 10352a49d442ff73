import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { BinnedProject, ProjectSummary } from '../../shared/project.ts'
import { inWindowsWords } from '../locales/project-name.ts'
import { useAsk, useClient, useSave } from './client.ts'
import { usePreferences } from './preferences.ts'
import { matching, sorted } from './project-list.ts'

/** Milliseconds from a change until the list is read again: a run changes its project often. */
const refreshAfter = 400

/** All projects on this machine, and those in the bin. */
export const useProjects = defineStore('projects', () => {
  const client = useClient()
  const ask = useAsk()
  const save = useSave()
  const preferences = usePreferences()

  const found = shallowRef<readonly ProjectSummary[]>([])
  const foundInBin = shallowRef<readonly BinnedProject[]>([])
  const list = computed(() => found.value.map(inWindowsWords))
  const bin = computed(() => foundInBin.value.map(inWindowsWords))
  const loaded = ref(false)
  const search = ref('')
  /** Those that are searched for, in the order that is preferred. */
  const shown = computed(() => sorted(matching(list.value, search.value), preferences.current.sort))
  let timer: ReturnType<typeof setTimeout> | undefined
  let loading: Promise<void> | null = null

  /** Reads the list; while one reading is under way, others wait for the same. */
  function load(): Promise<void> {
    loading ??= read().finally(() => {
      loading = null
    })
    return loading
  }

  async function read(): Promise<void> {
    const [projects, binned] = await Promise.all([ask('projects.list', {}), ask('projects.bin', {})])
    if (projects !== undefined) found.value = projects
    if (binned !== undefined) foundInBin.value = binned.toSorted((a, b) => b.removed - a.removed)
    loaded.value = true
  }

  client.onConnection((connection) => connection === 'connected' && void load())
  client.on('projects', () => {
    clearTimeout(timer)
    timer = setTimeout(load, refreshAfter)
  })

  const named = (id: string) => list.value.find((project) => project.id === id)

  /** Makes an empty project; its id. */
  async function create(name: string): Promise<string | undefined> {
    return (await ask('projects.create', { name }))?.id
  }

  async function rename(project: string, name: string): Promise<void> {
    if (name.trim() === '' || named(project)?.name === name) return
    const renamed = await ask('projects.rename', { project, name })
    if (renamed !== undefined) {
      found.value = found.value.map((other) =>
        other.id === project ? { ...other, name: renamed.name } : other,
      )
    }
  }

  /** Copies projects; the ids of the copies. */
  async function duplicate(projects: readonly string[]): Promise<readonly string[]> {
    const copies = (await ask('projects.duplicate', { projects: [...projects] })) ?? []
    found.value = [...found.value, ...copies]
    return copies.map(({ id }) => id)
  }

  /** Puts projects into the bin; they leave the list at once. False where that failed. */
  async function remove(projects: readonly string[]): Promise<boolean> {
    const before = found.value
    found.value = before.filter(({ id }) => !projects.includes(id))
    const gone = await ask('projects.remove', { projects: [...projects] })
    if (gone === undefined) found.value = before
    else await load()
    return gone !== undefined
  }

  async function restore(projects: readonly string[]): Promise<void> {
    if ((await ask('projects.restore', { projects: [...projects] })) !== undefined) await load()
  }

  /** Removes projects from the bin for good. */
  async function purge(projects: readonly string[]): Promise<void> {
    if ((await ask('projects.purge', { projects: [...projects] })) !== undefined) await load()
  }

  /** Packs a project into one file and asks where to save it. */
  async function exportProject(project: string): Promise<void> {
    const file = await ask('projects.pack', { project })
    if (file !== undefined) await save(file)
  }

  /** Brings in a .mienz file; the id of the project that it became. */
  async function unpack(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
    return (await ask('projects.unpack', { name, bytes }))?.id
  }

  return {
    list,
    bin,
    loaded,
    search,
    shown,
    load,
    named,
    create,
    rename,
    duplicate,
    remove,
    restore,
    purge,
    exportProject,
    unpack,
  }
})
