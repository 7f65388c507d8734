// Bad clients, in a process of their own as real ones are, and behind all others: what they do themselves costs the run nothing.
// Argument: the address of the socket. Prints a line when the frozen ones are in.
import { connect } from 'node:net'
import { setPriority } from 'node:os'
import { WebSocket } from 'ws'

setPriority(19)
const url = process.argv[2]
const quiet = (socket) => socket.on('error', () => undefined)

const frozen = Array.from(
  { length: 10 },
  () =>
    new Promise((resolve) => {
      const socket = quiet(new WebSocket(url))
      socket.on('open', () => {
        socket.pause()
        resolve()
      })
    }),
)
const attack = (say) => {
  const socket = quiet(new WebSocket(url))
  socket.on('open', () => say(socket))
  socket.on('close', () => setTimeout(() => attack(say), 50))
}
attack((socket) => socket.send('garbage'))
const giant = 'x'.repeat(1_000_000)
attack((socket) => socket.send(giant))
attack((socket) => socket.terminate())
const slow = quiet(connect(Number(new URL(url).port), '127.0.0.1'))
setInterval(() => slow.writable && slow.write('G'), 200)
await Promise.all(frozen)
console.log('{}')
process.stdin.on('end', () => process.exit(0)).resume()
