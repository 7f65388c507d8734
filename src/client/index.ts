export { type SocketConstructor, type SocketLike, type SocketWorld, socketWorld } from '../adapters/socket-world.js'
export { ClientError } from './client-error.js'
export { type Client, type ClientEvents, connect, type ConnectOptions, type Payload, type RunClock } from './connect.js'
export { type Connection, type ConnectionListener, openConnection } from './connection.js'
export type { Link } from './link.js'
export { ToldState } from './told-state.js'
export { withOption } from './with-option.js'
export {
  type BinaryHeader,
  type ChannelInfo,
  type Codec,
  type Command,
  type Hello,
  headerBytes,
  type PacketJson,
  protocolVersion,
  readHeader,
  type RunState,
  type StopKind,
} from '../core/wire.js'
