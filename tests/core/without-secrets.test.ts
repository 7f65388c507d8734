import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { valueWithoutSecrets, withoutSecrets } from '../../src/core/without-secrets.js'

const secret = fc.stringMatching(/^[A-Z0-9]{12,20}$/)
const name = fc.constantFrom('password', 'token', 'api_key', 'apiKey', 'client-secret', 'Passphrase', 'PASSWD')

describe('secrets are not shown', () => {
  test('law: wherever it stands under a name that says so, it is gone, and all else stays', () => {
    const written = fc
      .tuple(name, secret)
      .chain(([key, hidden]) =>
        fc
          .constantFrom(
            `    ${key}: ${hidden} # why`,
            `  - ${key}: '${hidden}'`,
            `live: { from: a, ${key}: ${hidden}, port: 1 }`,
            `parameters: { ${key}: { type: string, default: "${hidden}" } }`,
            `  ${key}:\n    type: string\n    default: ${hidden}\n  other: 1`,
            `  ${key}: |\n    ${hidden}\n    ${hidden}`,
            `room: { media: "rtsp://me:${hidden}@host/way" }`,
            `room: { media: "http://host/way?a=1&${key}=${hidden}&b=2" }`,
          )
          .map((text) => ({ text, hidden })),
      )
    fc.assert(
      fc.property(written, fc.nat(3), ({ text, hidden }, before) => {
        const around = 'streams:\n'.repeat(before)
        const shown = withoutSecrets(`${around}${text}\nsinks: { head: {} }`)
        expect(shown).not.toContain(hidden)
        expect(shown.startsWith(around)).toBe(true)
        expect(shown.endsWith('\nsinks: { head: {} }')).toBe(true)
      }),
    )
  })

  test('a pipeline without secrets is shown as it is', () => {
    const text = 'streams:\n  room: { media: { open: $camera, loop: true } } # on one clock\n\nsinks: { live: {} }\n'
    expect(withoutSecrets(text)).toBe(text)
    expect(withoutSecrets('  other:\n    deep: 1')).toBe('  other:\n    deep: 1')
  })

  test('what surrounds it can still be read', () => {
    expect(withoutSecrets('a: { user: me, password: abc, port: 1 }')).toBe('a: { user: me, password: …, port: 1 }')
    expect(withoutSecrets('open: rtsp://me:abc@host/1?token=xyz&b=2')).toBe('open: rtsp://…@host/1?token=…&b=2')
  })

  test('values too, at any depth', () => {
    expect(
      valueWithoutSecrets({ open: 'rtsp://me:abc@host/1', deep: [{ token: { a: 1 }, size: 2 }], n: null, b: true }),
    ).toEqual({ open: 'rtsp://…@host/1', deep: [{ token: '…', size: 2 }], n: null, b: true })
  })
})
