import { forkWorker } from '../../dist/node/engine/fork.js'
import { openStudio } from '../../dist/node/studio/studio.js'

// A studio in a process of its own, which can be killed: takes calls, and tells of its runs and of its engines.
const studio = await openStudio({
  home: process.argv[2],
  host: 'browser',
  uploads: { path: () => undefined, release: async () => undefined },
  spawn: forkWorker,
  emit(name, data) {
    if (name === 'run') process.send({ run: { id: data.id, state: data.state, step: data.step } })
  },
})
process.on('message', async ({ id, command, parameters }) => {
  try {
    process.send({ id, result: await studio.service[command](parameters) })
  } catch (error) {
    process.send({ id, error: String(error) })
  }
})
process.send({ ready: true })
