import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { Connection } from '../client/transport.ts'
import { useClient } from './client.ts'
import { useNotices } from './notices.ts'

/** Whether the service answers. Stores ask again for what they show when it is back. */
export const useConnection = defineStore('connection', () => {
  const client = useClient()
  const notices = useNotices()
  const now = ref<Connection>(client.connection)
  client.onConnection((connection) => {
    now.value = connection
    if (connection === 'connected') notices.settle('lost')
  })
  return { now }
})
