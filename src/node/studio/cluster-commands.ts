import type { Cluster } from '../../shared/cluster.ts'
import type { Service } from '../../shared/contract.ts'
import { wrongUse } from './wrong-use.ts'

/** The queue of a cluster, where the studio was started with one. */
export function clusterCommands(cluster: Cluster | null): Pick<Service, 'cluster.state' | 'cluster.act'> {
  return {
    'cluster.state': async () => (await cluster?.state()) ?? null,
    async 'cluster.act'({ action, jobs }) {
      if (cluster === null) throw wrongUse('There is no queue here.', 'Start the studio with one.')
      return { jobs: await cluster.act(action, jobs) }
    },
  }
}
