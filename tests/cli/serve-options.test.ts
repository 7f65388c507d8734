import { connect, type Socket } from 'node:net'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reachableAddresses } from '../../src/adapters/reachable-addresses.js'
import { ask, rightsAt } from '../helpers/asked.js'
import { Command, nothingLeft, pipelineFile } from '../helpers/command.js'

/** `--host`, `--token`, `--origin` and `--tls`, with the built command. */
const watch = ['run', pipelineFile('watch')]
const given = 'given-token-of-somebody'

type Serving = { readonly type: 'serving'; readonly url: string; readonly links: readonly { readonly link: string }[] }
type Line = { readonly type: string } | Serving
const servingOf = (run: Command): Serving => {
  const line = run.lines<Line>().find(({ type }) => type === 'serving')
  if (line === undefined || !('url' in line)) throw new Error(run.stderr)
  return line
}

describe('a run with a token that was made', () => {
  let run: Command
  let slow: Socket
  let slowClosed: Promise<unknown>

  beforeAll(async () => {
    const words = ['--port', '0', '--token', '--token', `view:${given}`, '--json']
    run = new Command([...watch, ...words], { limitMs: 120_000 })
    await run.said(/"type":"event".*running/)
    slow = connect(Number(new URL(servingOf(run).url).port), '127.0.0.1')
    slowClosed = new Promise((resolve) => slow.on('error', () => undefined).once('close', resolve))
    slow.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ')
  })
  afterAll(async () => {
    run.kill('SIGINT')
    expect((await run.ended).code).toBe(0)
    expect(await run.leftovers()).toEqual(nothingLeft)
  })

  test('prints it in a link, once, and the given one never', () => {
    const { links } = servingOf(run)
    expect(links).toHaveLength(1)
    const token = new URL(links[0]?.link ?? '').searchParams.get('token') ?? ''
    expect(token).toMatch(/^[\da-f]{32}$/)
    expect(run.stderr.split(token)).toHaveLength(2)
    expect(run.stderr).not.toContain(given)
    expect(run.stdout).toBe('')
  })

  test('the link opens the page; both tokens give their rights, and no token none', async () => {
    const { url, links } = servingOf(run)
    expect(await ask(links[0]?.link ?? '')).toMatchObject({ status: 303, headers: { location: './' } })
    const token = new URL(links[0]?.link ?? '').searchParams.get('token') ?? ''
    expect(await rightsAt(`${url}ws?token=${token}`)).toEqual({ control: true, stop: true })
    expect(await rightsAt(`${url}ws?token=${given}`)).toEqual({ control: false, stop: false })
    expect(await rightsAt(`${url}ws`)).toBe(401)
    const state = await ask(`${url}state.json?token=${token}`)
    expect(state.status).toBe(200)
    expect(state.body).not.toMatch(new RegExp(`${token}|${given}`))
  })

  test('who sends its head byte by byte is let go', async () => {
    const trickle = setInterval(() => slow.write('x'), 200)
    await slowClosed
    clearInterval(trickle)
    expect(await ask(`${servingOf(run).url}healthz`)).toMatchObject({ status: 200 })
  })
})

describe('what is refused, with 2, before anything begins', () => {
  test.each([
    [['--host', '0.0.0.0'], /cannot listen on 0\.0\.0\.0 without a token/],
    [['--host', '::'], /cannot listen on :: without a token/],
    [['--host='], /--host needs an address/],
    [['--host', '203.0.113.77', '--token'], /cannot listen on 203\.0\.113\.77: it is no address of this machine/],
    [['--token', 'drive:hidden-words'], /--token: there is no such right/],
    [['--token', 'hidden/words'], /a token must be of letters, digits/],
    [['--token', 'a', 'hidden-words'], /takes one file: found also 1 more/],
    [['--token', '@no-such-file'], /--token: the file with tokens cannot be read/],
    [['--origin', 'robot.example'], /robot\.example is no origin/],
    [['--origin', 'https://robot.example/page'], /is no origin/],
    [['--origin', 'https://*'], /is no origin/],
    [['--tls', 'only.pem'], /--tls needs two files, the certificate and its key: found only\.pem/],
    [['--tls', 'no.pem,no.key'], /cannot read the certificate no\.pem: there is no such file/],
  ])('%j', async (words, says) => {
    const run = new Command([...watch, '--port', '0', ...words])
    const { code, stdout, stderr } = await run.ended
    expect(stderr).toMatch(says)
    expect(stderr).toMatch(/\n {2}→ /)
    expect(stderr).not.toContain('hidden')
    expect([code, stdout]).toEqual([2, ''])
    expect(await run.leftovers()).toEqual(nothingLeft)
  })
})

test('a file may follow --token and --tls that stand alone; tokens may come from a file', async () => {
  const run = new Command(['run', '--tls', '--token', pipelineFile('watch'), '--port', '0', '--for', '100ms'])
  const { code, stderr } = await run.ended
  expect(code).toBe(0)
  expect(stderr).toMatch(/^watch {2}https:\/\/127\.0\.0\.1:\d+\/\?token=[\da-f]{32} {2}Ctrl-C stops$/m)
  expect(stderr).toMatch(/SHA-256 fingerprint, to compare with what the browser shows: ([\dA-F]{2}:){31}[\dA-F]{2}/)
  // Kept for the next run, and nothing else.
  const { files } = await run.leftovers()
  expect(files.filter((name) => name.endsWith('.pem'))).toEqual([join('.local', 'state', 'saccade', 'self-signed.pem')])
})

const [outside] = reachableAddresses()

test.skipIf(outside === undefined)('with --host it is reached from outside, by tokens of a file', async () => {
  const words = ['--host', '0.0.0.0', '--port', '0', '--json', '--token', '@tokens.txt']
  const folder = new Command(['--version'])
  await folder.ended
  writeFileSync(join(folder.temporary, 'tokens.txt'), `view:${given}\n\ncontrol:${given}-2\n`)
  const run = new Command([...watch, ...words], { cwd: folder.temporary })
  await run.said(/"type":"event".*running/)
  const { url } = servingOf(run)
  expect(new URL(url).hostname).toBe(outside)
  expect(await rightsAt(`${url}ws?token=${given}`)).toEqual({ control: false, stop: false })
  expect(await rightsAt(`${url}ws?token=${given}-2`)).toEqual({ control: true, stop: false })
  expect(await rightsAt(`${url}ws`)).toBe(401)
  expect((await ask(`${url}healthz`)).status).toBe(200)
  run.kill('SIGINT')
  const { code, stderr } = await run.ended
  expect(code).toBe(0)
  expect(stderr).not.toContain(given)
  await folder.leftovers()
  expect(await run.leftovers()).toEqual(nothingLeft)
})
