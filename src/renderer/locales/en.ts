import { app, drop, failures, queue } from './en/app.ts'
import { catalogue } from './en/catalogue.ts'
import { cluster } from './en/cluster.ts'
import { crop } from './en/crop.ts'
import { bin, gallery } from './en/gallery.ts'
import { models } from './en/models.ts'
import { run } from './en/run.ts'
import { settings, shortcuts } from './en/settings.ts'
import { terms } from './en/terms.ts'
import { workspace } from './en/workspace.ts'

export const en = {
  app,
  queue,
  failures,
  drop,
  gallery,
  bin,
  models,
  catalogue,
  cluster,
  settings,
  shortcuts,
  workspace,
  crop,
  run,
  terms,
}

/** The same keys in another language. */
export type Messages = Texts<typeof en>
type Texts<T> = { [K in keyof T]: T[K] extends string ? string : Texts<T[K]> }
