export { media } from './media.js'
export { packets } from './packets.js'
