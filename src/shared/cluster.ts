import * as v from 'valibot'
import { count } from '../engine/fields.ts'
import { failure } from './failure.ts'

/** A job in the queue of a cluster. */
export const clusterJob = v.strictObject({
  /** In the queue. */
  id: v.string(),
  name: v.string(),
  /** Of the worker that has it or had it last; null where none had. */
  worker: v.nullable(v.string()),
  step: count,
  /** Null for what is no job of Mien. */
  steps: v.nullable(count),
  /** Why it failed. */
  failure: v.nullable(failure),
})
export type ClusterJob = v.InferOutput<typeof clusterJob>

const jobs = v.array(clusterJob)

/** What the queue of a cluster holds, and who works on it. The lists are those of the first jobs. */
export const clusterState = v.strictObject({
  /** Without the password. */
  address: v.string(),
  paused: v.boolean(),
  counts: v.strictObject({ waiting: count, running: count, done: count, failed: count }),
  /** By name. */
  workers: v.array(v.string()),
  running: jobs,
  failed: jobs,
  waiting: jobs,
})
export type ClusterState = v.InferOutput<typeof clusterState>

/** What can be done with the jobs of a cluster. */
export const clusterActions = ['retry', 'remove', 'pause', 'resume', 'drain'] as const
export type ClusterAction = (typeof clusterActions)[number]

/** A queue that is looked at and worked with while the studio runs. */
export interface Cluster {
  /** Without the password. */
  readonly address: string
  /** Null while the queue does not answer. Rejects with MienError 'wrong-use' where it never will. */
  state(): Promise<ClusterState | null>
  /** Gives how many jobs it was done with; null for a pause and its end. Rejects with MienError 'wrong-use'. */
  act(action: ClusterAction, jobs: readonly string[]): Promise<number | null>
}
