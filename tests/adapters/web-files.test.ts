import { sep } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fileWithin } from '../../src/adapters/web-files.js'
import { pathWithin } from '../../src/adapters/web-path.js'
import { runs } from '../helpers/runs.js'

const piece = fc.oneof(
  fc.constantFrom(
    '..',
    '.',
    '',
    '%2e%2e',
    '%2f',
    '..%2f',
    '%5c',
    '\\',
    '/',
    '%00',
    '%',
    'web-secret',
    'assets',
    'a.js',
    'C:',
  ),
  fc.string({ maxLength: 6 }),
)
const path = fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join('/')}`)

test('law: no path leads out of the folder', () => {
  for (const folder of ['/srv/web', '/srv/web/'])
    fc.assert(
      fc.property(path, fc.boolean(), (slashed, bare) => {
        const file = fileWithin(folder, bare ? slashed.slice(1) : slashed)
        if (file === null) return
        expect(file.startsWith(`/srv/web${sep}`)).toBe(true)
        expect(file.split(sep)).not.toContain('..')
        expect(file).not.toContain('\0')
      }),
      { numRuns: runs(1000) },
    )
  expect(fileWithin('/srv/web', '/../web-secret/x')).toBe('/srv/web/web-secret/x')
  expect(fileWithin('/srv/web', '/assets/%61.js')).toBe('/srv/web/assets/a.js')
})

test('law: a mount has what lies under it, and nothing beside it', () => {
  fc.assert(
    fc.property(fc.constantFrom('', '/a', '/a/b'), path, fc.constantFrom('', '?x=/a', '#/a'), (base, inside, rest) => {
      expect(pathWithin(base, `${base}${inside}${rest}`)).toBe(inside.split(/[?#]/)[0])
      if (base !== '') expect(pathWithin(base, `${base}x${inside}`)).toBe(null)
    }),
    { numRuns: runs(500) },
  )
  expect(pathWithin('/a', '/a')).toBe('/')
  expect(pathWithin('/a', '/a?token=x')).toBe('/')
  expect(pathWithin('/a', '/b/a/')).toBe(null)
})
