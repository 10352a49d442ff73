import { join } from 'node:path'
import { app } from 'electron'
import { makeFolder } from '../node/host/files.ts'
import { dataFolder } from '../node/host/folders.ts'
import { openHostedStudio } from '../node/hosts/hosted-studio.ts'
import { windowFolder } from '../node/hosts/window-files.ts'
import { failStart, startApp } from './app.ts'
import { spawnEngine } from './spawn-engine.ts'
import { askSystemProxy } from './system-proxy.ts'

try {
  const home = dataFolder()
  const browserFolder = join(home, 'browser')
  // Electron waits for this file before it is ready, and until then its folders can be set.
  await makeFolder(browserFolder)
  void startApp({
    home,
    browserFolder,
    windowFolder: windowFolder(),
    openStudio: () => openHostedStudio({ home, spawn: spawnEngine, askProxy: askSystemProxy, host: 'app' }),
    argv: app.isPackaged ? process.argv : process.argv.slice(1),
  })
} catch (error) {
  failStart(error)
}
