import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { connect } from './client/index.ts'
import { i18n } from './locales/language.ts'
import { clientKey } from './stores/client.ts'
import './styles/base.css'

createApp(App)
  .use(createPinia())
  .use(i18n)
  .provide(clientKey, await connect())
  .mount('#app')
