import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ToldState } from '../../src/client/index.js'
import { readClientMessage } from '../../src/core/read-client-message.js'
import { codecs, headerBytes, protocolVersion, readHeader, writeHeader } from '../../src/core/wire.js'

const page = readFileSync(fileURLToPath(new URL('../../docs/protocol.md', import.meta.url)), 'utf8')
const [, fromRun = ''] = page.split('## What a run says')
const [ofRun = '', fromClient = ''] = fromRun.split('## What a client says')

const examples = (text: string, language: string): readonly string[] =>
  [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, its, code]) => (its === language ? [code ?? ''] : []))
const typeOf = (text: string): unknown => (JSON.parse(text) as { type?: unknown }).type

describe('docs/protocol.md', () => {
  test('tells the version', () => {
    expect(page).toContain(`Version ${String(protocolVersion)}.`)
  })

  test('its header is the one that is written and read', () => {
    const [hex = ''] = examples(page, 'hex')
    const told = Uint8Array.from(hex.trim().split(/\s+/), (byte) => Number.parseInt(byte, 16))
    const header = {
      channel: 0,
      kind: 'video',
      codec: 'jpeg',
      seq: 1234,
      lost: 1,
      capturedAtMs: 56_789.25,
      stamp: 'medium',
      quality: 60,
      sourceWidthPx: 1280,
      sourceHeightPx: 720,
    } as const
    const written = new Uint8Array(headerBytes)
    writeHeader(header, new DataView(written.buffer))
    expect([...told]).toEqual([...written])
    expect(readHeader(new DataView(told.buffer))).toEqual(header)
  })

  test('it names codecs and stamps by their numbers', () => {
    for (const [number, codec] of codecs.entries()) expect(page).toContain(`${String(number)} \`${codec}\``)
  })

  test('each message of a client is one that a run takes, and there is one of each kind', () => {
    const messages = examples(fromClient, 'json')
    for (const text of messages) expect(readClientMessage(text), text).not.toBeNull()
    expect(new Set(messages.map(typeOf))).toEqual(new Set(['ack', 'want', 'time', 'do']))
    const commands = messages.map((text) => (JSON.parse(text) as { do?: string }).do).filter(Boolean)
    expect(commands).toEqual(['pause', 'resume', 'look', 'set', 'stop', 'reset'])
  })

  test('each message of a run is one that a client reads, in this order', () => {
    const told = new ToldState()
    const messages = examples(ofRun, 'json')
    for (const text of messages) expect(told.read(text), text).not.toBeNull()
    expect(told.state).toMatchObject({
      nowMs: 5112.5,
      stages: { faces: { in: 123, out: 121, dropped: { overtaken: 2 } } },
    })
    expect(messages.map(typeOf)).toEqual([
      'hello',
      'telemetry',
      'changes',
      'data',
      'lost',
      'set',
      'time',
      'done',
      'refused',
    ])
  })
})
