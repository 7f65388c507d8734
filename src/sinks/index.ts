export { consoleSink } from './console.js'
export { reachyMini } from './reachy-mini.js'
export { websocket } from './websocket.js'
