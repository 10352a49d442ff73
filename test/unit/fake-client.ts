import { createPinia } from 'pinia'
import { createApp, type Plugin } from 'vue'
import type { Client } from '../../src/renderer/client/index.ts'
import type { Connection } from '../../src/renderer/client/transport.ts'
import { i18n } from '../../src/renderer/locales/language.ts'
import { clientKey } from '../../src/renderer/stores/client.ts'
import type { CommandName, Parameters, Result } from '../../src/shared/contract.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import type { EventData, EventName } from '../../src/shared/events.ts'
import { type Picture, type Project, type ProjectSummary, projectVersion } from '../../src/shared/project.ts'
import type { Run } from '../../src/shared/run.ts'

/** What a test lets the service answer; a command without an answer fails the test. */
export type Answers = {
  [C in CommandName]?: (parameters: Parameters<C>) => Result<C> | Promise<Result<C>>
}

export interface FakeClient extends Client {
  /** What was asked, in order. */
  readonly asked: readonly { readonly name: CommandName; readonly parameters: unknown }[]
  tell<E extends EventName>(event: E, data: EventData<E>): void
  connect(now: Connection): void
}

/** A service that answers as the test says, and remembers what it was asked. */
export function fakeClient(answers: Answers): FakeClient {
  const listeners = new Map<EventName, Set<(data: never) => void>>()
  const watchers = new Set<(now: Connection) => void>()
  const asked: { name: CommandName; parameters: unknown }[] = []
  return {
    asked,
    async call(name, parameters) {
      asked.push({ name, parameters })
      const answer = answers[name]
      if (answer === undefined) throw new Error(`The test has no answer to ${name}.`)
      return answer(parameters) as never
    },
    on(event, listener) {
      const set = listeners.get(event) ?? new Set()
      listeners.set(event, set.add(listener))
      return () => set.delete(listener)
    },
    onConnection(listener) {
      watchers.add(listener)
      return () => watchers.delete(listener)
    },
    connection: 'connected',
    upload: async (file) => `upload-${file.name.length}`,
    save: async () => ({ path: null }),
    showFolder: null,
    tell(event, data) {
      for (const listener of listeners.get(event) ?? []) listener(data as never)
    },
    connect(now) {
      for (const watcher of watchers) watcher(now)
    },
  }
}

/** What stores and components need around them. */
export function surroundings(client: Client) {
  // Where the window has its menus.
  if (document.querySelector('#menus') === null) {
    document.body.append(Object.assign(document.createElement('div'), { id: 'menus' }))
  }
  const pinia = createPinia()
  const plugins: Plugin[] = [pinia, i18n]
  return { plugins, provide: { [clientKey as symbol]: client } }
}

/** Stores without a component. */
export function withStores<T>(client: Client, use: () => T): T {
  const app = createApp({}).use(createPinia()).use(i18n).provide(clientKey, client)
  return app.runWithContext(use)
}

export function someProject(fields: Partial<Project> = {}): Project {
  const project = { format: 'mien-project', version: projectVersion, id: 'p1', name: 'Anna' } as const
  return { ...project, created: 1, modified: 1, pictures: [], drivers: [], setup: emptySetup(), ...fields }
}

export function someSummary(fields: Partial<ProjectSummary> = {}): ProjectSummary {
  return { id: 'p1', name: 'Anna', created: 1, modified: 1, thumbnail: null, runs: 0, ...fields }
}

export function somePicture(fields: Partial<Picture> = {}): Picture {
  const size = { bytes: 3, width: 8, height: 8 }
  return {
    id: 'x1',
    name: 'anna.png',
    sha256: 'a'.repeat(64),
    ...size,
    faces: [],
    alignment: { by: 'centre' },
    ...fields,
  }
}

export function someRun(fields: Partial<Run> = {}): Run {
  return {
    id: 'r1',
    project: 'p1',
    name: 'Balanced',
    created: 1,
    state: 'running',
    step: 10,
    steps: 100,
    secondsLeft: 90,
    stepsPerSecond: 1,
    device: 'cpu',
    terms: null,
    identity: null,
    setup: emptySetup(),
    parent: null,
    batch: null,
    failure: null,
    notices: [],
    ...fields,
  }
}
