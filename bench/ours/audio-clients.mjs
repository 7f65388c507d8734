// Clients of a run's socket, one for each codec and one that watches: tells the capture time and the arrival of each message.
// Arguments: the socket's address, seconds. The last line is JSON. Knows the protocol, and nothing of ours.
import { WebSocket } from 'ws'

const [address, seconds] = [process.argv[2], Number(process.argv[3])]
// Monotonic and the same for all processes of a machine.
const nowMs = () => Number(process.hrtime.bigint()) / 1e6

const arrivals = {}
const sockets = ['pcm', 'opus', 'mulaw', 'alaw', 'watch'].map((name) => {
  const socket = new WebSocket(address)
  const mine = (arrivals[name] = [])
  socket.on('message', (data, isBinary) => {
    const arrivedMs = nowMs()
    if (isBinary) {
      if (data[1] === 2) mine.push([data.readDoubleLE(8), arrivedMs, data.length - 32])
      else if (name === 'watch')
        socket.send(JSON.stringify({ type: 'ack', channel: data.readUInt16LE(2), seq: data.readUInt32LE(4) }))
      return
    }
    const message = JSON.parse(data)
    if (message.type !== 'hello' || name === 'watch') return
    const channels = {}
    for (const channel of message.channels ?? [])
      channels[channel.name] = channel.kind === 'audio' ? { codec: name } : false
    socket.send(JSON.stringify({ type: 'want', channels }))
  })
  socket.on('close', (code, reason) => {
    if (code !== 1005) console.error(`${name} was let go: ${code} ${reason}`)
  })
  return socket
})
setTimeout(() => {
  for (const socket of sockets) socket.close()
  console.log(JSON.stringify(arrivals))
}, seconds * 1000)
