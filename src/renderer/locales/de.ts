import { app, drop, failures, queue } from './de/app.ts'
import { catalogue } from './de/catalogue.ts'
import { cluster } from './de/cluster.ts'
import { crop } from './de/crop.ts'
import { bin, gallery } from './de/gallery.ts'
import { models } from './de/models.ts'
import { run } from './de/run.ts'
import { settings, shortcuts } from './de/settings.ts'
import { terms } from './de/terms.ts'
import { workspace } from './de/workspace.ts'
import type { Messages } from './en.ts'

export const de: Messages = {
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
