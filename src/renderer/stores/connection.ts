import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { Connection } from '../client/index.ts'
import { useClient } from './client.ts'

/** Whether the service answers. Stores ask again for what they show when it is back. */
export const useConnection = defineStore('connection', () => {
  const client = useClient()
  const now = ref<Connection>(client.connection)
  client.onConnection((connection) => {
    now.value = connection
  })
  return { now }
})
