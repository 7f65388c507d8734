import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createRegistry } from '../../src/engine/registry.js'
import type { GraphJson, PacketJson, RunState } from '../../src/core/wire.js'
import { createClips } from '../helpers/clips.js'
import {
  builtMain,
  Command,
  command,
  type CommandOptions,
  type Ending,
  nothingLeft,
  pipelineFile,
  project,
} from '../helpers/command.js'

/** What each command prints where, and how it ends: data on stdout, words on stderr. */
const folder = createClips()
const pipelines = readdirSync(join(project, 'pipelines')).map((file) => file.replace(/\.yaml$/, ''))

afterAll(() => {
  folder.remove()
})

async function endOf(words: readonly string[], options: CommandOptions = {}): Promise<Ending> {
  const run = new Command(words, options)
  const ending = await run.ended
  expect(await run.leftovers()).toEqual(nothingLeft)
  return ending
}

const usage = (what: string, remedy: string): Partial<Ending> => ({
  code: 2,
  stdout: '',
  stderr: `✗ ${what}\n  → ${remedy}\n`,
})

describe('saccade', () => {
  it('alone tells the commands, on stderr and with 2', async () => {
    const { code, stdout, stderr } = await endOf([])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/saccade run FILE/)
  })

  it('--help is enough to use it: each command, the exit codes, and commands to try that run', async () => {
    const { code, stdout, stderr } = await endOf(['--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const word of [
      'saccade run',
      'saccade check',
      'saccade graph',
      'saccade stages',
      'help COMMAND',
      '--version',
      'exit codes: 0 done',
      '130',
    ])
      expect(stdout).toContain(word)
    expect((await endOf(['help'])).stdout).toBe(stdout)
    expect((await endOf(['-h'])).stdout).toBe(stdout)
    const tried = [...stdout.matchAll(/^ {2}saccade run (\S+\.yaml)/gm)].map(([, file = '']) => file)
    expect(tried.length).toBeGreaterThan(1)
    for (const file of tried) expect(existsSync(join(project, file))).toBe(true)
    expect(stdout.split('\n').every((line) => line.length <= 110)).toBe(true)
  })

  it.each([
    [
      'run',
      [
        ...['--set', '--stages', '--for', '--port', '--no-page', '--tap', '--clock', '--json', '--verbose'],
        ...['--host', '--token', '--origin', '--tls'],
      ],
    ],
    ['check', ['--set', '--stages']],
    ['graph', ['--set', '--stages', '--format']],
    ['stages', ['--json', '--stages']],
  ] as const)('%s --help tells all its options, which are taken', async (name, options) => {
    const { code, stdout } = await endOf([name, '--help'])
    expect(code).toBe(0)
    expect((await endOf(['help', name])).stdout).toBe(stdout)
    const told = [...new Set([...stdout.matchAll(/--[a-z][a-z-]*/g)].map(([option]) => option))]
    expect(told.sort()).toEqual([...options].sort())
    // One that were not known would be told before the file that is too much.
    const flags = ['--no-page', '--json', '--verbose']
    const given = options
      .filter((option) => option !== '--json')
      .map((option) => (flags.includes(option) ? option : `${option}=x`))
    if (name !== 'stages')
      expect((await endOf([name, ...given, 'a', 'b'])).stderr).toMatch(
        name === 'run' ? / takes one file: found also 1 more\n/ : / takes one file: found also b\n/,
      )
    else expect(await endOf([name, ...options.slice(0, 1)])).toMatchObject({ code: 0 })
  })

  it('--version tells that of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { readonly version: string }
    expect(await endOf(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  it.concurrent.each([
    [['frobnicate'], 'there is no command frobnicate', 'saccade --help lists what is there'],
    [['chek', 'x.yaml'], 'there is no command chek', 'did you mean check? saccade --help lists what is there'],
    [['--bogus'], 'there is no command --bogus', 'saccade --help lists what is there'],
    [['sim'], 'saccade sim is not built yet', 'it comes later; saccade --help lists what is there'],
    [['help', 'rnu'], 'there is no command rnu', 'did you mean run? saccade --help lists what is there'],
    [['run', '--prot', '1', 'x.yaml'], "Unknown option '--prot'", 'saccade run --help shows what there is'],
    [['check', '-x', 'x.yaml'], "Unknown option '-x'", 'saccade check --help shows what there is'],
    [['run', '--for'], "Option '--for <value>' argument missing", 'saccade run --help shows what there is'],
    [['run'], 'saccade run needs a pipeline file', 'write saccade run pipelines/follow-face.yaml'],
    [
      ['check', 'a', 'b', 'c'],
      'saccade check takes one file: found also b c',
      'name one file; values go with --set name=value',
    ],
    [['run', 'a', '--set', 'camera'], '--set needs name=value: found camera', 'write --set camera=device:0'],
    [
      ['run', 'a', '--for', 'soon'],
      '--for: a duration with its unit is needed, such as 50ms (units: us, ms, s, min, h): found "soon"',
      'write it with its unit, as --for 10s',
    ],
    [['run', 'a', '--for', '0s'], '--for: must be more than 0: found 0s', 'write it with its unit, as --for 10s'],
    [['run', 'a', '--port', 'x'], '--port must be a number from 0 to 65535: found x', 'write --port 8080'],
    [['run', 'a', '--port', '65536'], '--port must be a number from 0 to 65535: found 65536', 'write --port 8080'],
    [['run', 'a', '--clock', 'slow'], 'there is no clock slow', 'write --clock virtual, or leave it out'],
    [['graph', 'a', '--format', 'svg'], 'there is no format svg', 'write --format text, mermaid or json'],
    [['stages', 'detect'], 'there is no stage detect', 'did you mean detect-faces?'],
    [
      ['run', pipelineFile('watch'), '--port', '0', '--tap', 'nose'],
      'there is no result nose',
      'results: room.video, room, room.audio',
    ],
  ] as const)('%j is refused with 2, in two lines', async (words, what, remedy) => {
    expect(await endOf(words)).toMatchObject(usage(what, remedy))
  })

  it('told as JSON, an error is a line of JSON', async () => {
    const { code, stdout, stderr } = await endOf(['run', 'nowhere.yaml', '--json'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(JSON.parse(stderr)).toEqual({
      type: 'error',
      code: 'config',
      message: 'cannot read nowhere.yaml: there is no such file',
      where: 'nowhere.yaml',
      remedy: 'name a pipeline file, as pipelines/follow-face.yaml',
    })
  })
})

describe('saccade check', () => {
  it.concurrent.each(pipelines)('%s can run: the plan on stdout, the verdict on stderr', async (name) => {
    const { code, stdout, stderr } = await endOf(['check', pipelineFile(name)])
    expect(code).toBe(0)
    expect(stderr).toBe(`✓ ${pipelineFile(name)} is a pipeline that can run\n`)
    expect(stdout).toMatch(new RegExp(`^${name}\\n\\nstreams\\n {2}room `))
    expect(stdout).toMatch(/\ndecided\n {2}\S/)
  })

  it('shows each default that the plan put there (E4)', async () => {
    const { stdout } = await command('check', pipelineFile('follow-face')).ended
    expect(stdout).toContain('speech  room.audio → [queue drop-oldest] → voice-activity')
    expect(stdout).toContain('speech: drop-oldest 10 before voice-activity (default of live sound)')
    expect(stdout).toContain('head: latest before reachy-mini (default of an actuator)')
    expect(stdout).toContain('reaction room.video → head at most 50 ms at p99 over 10 s')
  })

  it('tells a password to nobody', async () => {
    const { code, stdout, stderr } = await command(
      'check',
      pipelineFile('watch'),
      '--set',
      'camera=rtsp://me:secret@10.0.0.7/1',
    ).ended
    expect(code).toBe(0)
    expect(stdout).toContain('rtsp://…@10.0.0.7/1')
    expect(stdout + stderr).not.toContain('secret')
  })

  it('is quiet where nobody reads what it says', async () => {
    const run = command('check', pipelineFile('follow-face'))
    run.stopReading()
    const { code, stderr } = await run.ended
    expect(code).toBe(0)
    expect(stderr).not.toMatch(/EPIPE|\n +at /)
  })
})

describe('saccade graph', () => {
  it('text is what check shows', async () => {
    const [graph, check] = await Promise.all([
      endOf(['graph', pipelineFile('listen')]),
      endOf(['check', pipelineFile('listen')]),
    ])
    expect(graph).toMatchObject({ code: 0, stderr: '', stdout: check.stdout })
  })

  it('json is the graph that the page gets, with what was decided', async () => {
    const { code, stdout, stderr } = await endOf(['graph', pipelineFile('follow-face'), '--format', 'json'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const graph = JSON.parse(stdout) as GraphJson & { readonly name: string; readonly notes: readonly string[] }
    expect(graph.name).toBe('follow-face')
    expect(graph.nodes.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'stream room',
      'operator faces',
      'operator speech',
      'operator gaze',
      'sink head',
      'sink live',
    ])
    expect(graph.edges).toContainEqual(expect.objectContaining({ from: 'room.video', to: 'faces', queue: 'latest' }))
    expect(graph.edges.map(({ to }) => to).every((name) => graph.nodes.some((node) => node.name === name))).toBe(true)
    expect(graph.notes.length).toBeGreaterThan(2)
  })

  it('mermaid is a flowchart of the same nodes and edges', async () => {
    const { code, stdout, stderr } = await endOf(['graph', pipelineFile('follow-face'), '--format', 'mermaid'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toBe('flowchart LR')
    expect(lines).toContain('  room(["room<br/>media"])')
    expect(lines).toContain('  room -->|video · latest| faces')
    // A node or an arrow, each between names that are nodes.
    const nodes = lines.flatMap((line) => /^ {2}(\w+)[[(]/.exec(line)?.[1] ?? [])
    const arrows = lines.flatMap((line) => [...line.matchAll(/^ {2}(\w+) -->(?:\|[^|]+\|)? (\w+)$/g)])
    expect(nodes.length + arrows.length).toBe(lines.length - 1)
    for (const [, from, to] of arrows)
      expect([nodes.includes(from ?? ''), nodes.includes(to ?? '')]).toEqual([true, true])
  })
})

describe('saccade stages', () => {
  const registry = [...createRegistry().values()]

  it('lists each stage of the registry with what it does', async () => {
    const { code, stdout, stderr } = await endOf(['stages'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const { name, summary } of registry) expect(stdout).toContain(`  ${name.padEnd(16)} ${summary}\n`)
    expect(stdout).toContain('saccade stages NAME shows one')
  })

  it('--json gives the same as data, with options and an example', async () => {
    const { code, stdout, stderr } = await endOf(['stages', '--json'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const all = JSON.parse(stdout) as readonly {
      readonly name: string
      readonly options: object
      readonly example: unknown
      readonly takes: string
    }[]
    expect(all.map(({ name }) => name)).toEqual(registry.map(({ name }) => name))
    for (const { options, example, takes } of all)
      expect([typeof options, example !== undefined, takes !== '']).toEqual(['object', true, true])
    const one = await endOf(['stages', 'detect-faces', '--json'])
    expect(JSON.parse(one.stdout)).toEqual(all.find(({ name }) => name === 'detect-faces'))
  })

  it('NAME shows one: what it takes and gives, its options with defaults, an example', async () => {
    const { code, stdout } = await endOf(['stages', 'detect-faces'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^detect-faces \(operator\)\n/)
    expect(stdout).toContain('takes picture, gives detections')
    expect(stdout).toMatch(
      /\n {2}minScore {5}lowest score, 0 to 1, of a face \(default 0\.65\), the one that a bare value stands for\n/,
    )
    expect(stdout).toMatch(/\nexample\n {2}\{ detect-faces: .*minScore/)
    for (const word of ['onError', 'timeout', 'order', 'concurrency'])
      expect(stdout).toContain(`\n  ${word.padEnd(12)} `)
    const throttle = await endOf(['stages', 'throttle'])
    expect(throttle.stdout).toContain('\n  onError      fail ends its branch; restart ')
    expect(throttle.stdout).not.toMatch(/\n {2}(timeout|order|concurrency|watchdog) /)
  })
})

describe('saccade run', () => {
  const short = (name: string): string => {
    const text =
      'saccade: 1\nstreams: { room: { media: { open: "demo:demo.mp4" } } }\noperators: { loud: { from: room.audio, pipe: [voice-activity] } }\nsinks: { live: { from: loud, websocket: {} } }\n'
    writeFileSync(folder.path(name), text)
    return folder.path(name)
  }

  it('prints packets on stdout, one line of JSON each, and all words on stderr', async () => {
    const { code, stdout, stderr } = await endOf([
      'run',
      short('tapped.yaml'),
      '--clock',
      'virtual',
      '--for',
      '1s',
      '--tap',
      'loud',
      '--tap',
      'room.audio',
    ])
    expect(code).toBe(0)
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as PacketJson)
    expect(new Set(lines.map(({ tap }) => tap))).toEqual(new Set(['loud', 'room.audio']))
    expect(Object.keys(lines[0] ?? {})).toEqual([
      'tap',
      'origin',
      'seq',
      'capturedAtMs',
      'stamp',
      'ageMs',
      'lost',
      'value',
    ])
    const first = lines.find(({ tap }) => tap === 'loud')
    expect(first).toMatchObject({ origin: 'room.audio', seq: 0, stamp: 'medium', lost: 0, value: { speaking: false } })
    expect(stderr).toMatch(/opened with/)
  })

  it.each([
    ['on the clock of the machine', []],
    ['on the virtual clock', ['--clock', 'virtual']],
  ] as const)('ends quietly with 0 when who reads its packets has enough, as head -1, %s', async (_what, clock) => {
    const run = command('run', pipelineFile('follow-face'), '--port', '0', '--tap', 'faces', ...clock)
    await run.said(/\{"tap":"faces".*\n/)
    run.stopReading()
    const { code, signal, stderr } = await run.ended
    expect({ code, signal }).toEqual({ code: 0, signal: null })
    expect(stderr).not.toMatch(/EPIPE|Error|✗|\n +at /)
    expect(await run.leftovers()).toEqual(nothingLeft)
  })

  it('--json makes each line of stderr JSON, from the address to the last state', async () => {
    const run = command('run', pipelineFile('listen'), '--port', '0', '--json', '--for', '1500ms')
    const { code, stdout } = await run.ended
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    const lines = run.lines<{ readonly type: string } & Partial<RunState>>()
    expect(new Set(lines.map(({ type }) => type))).toEqual(new Set(['serving', 'event', 'status']))
    expect(lines.at(-1)).toMatchObject({ type: 'status', state: 'stopped', name: 'listen', frames: { lent: 0 } })
    expect(lines.filter(({ state }) => state === 'running').length).toBeGreaterThan(0)
    expect(await run.leftovers()).toEqual(nothingLeft)
  })

  it('--no-page serves all but the page', async () => {
    const run = command('run', pipelineFile('listen'), '--port', '0', '--no-page')
    const url = await run.url()
    const asked = await Promise.all(
      ['', 'index.html', 'state.json', 'metrics'].map(async (path) => (await fetch(url + path)).status),
    )
    expect(asked).toEqual([404, 404, 200, 200])
    run.kill('SIGINT')
    expect((await run.ended).code).toBe(0)
    expect(await run.leftovers()).toEqual(nothingLeft)
  })

  it('--port 0 takes any free port, for as many at once as one likes', async () => {
    const runs = [1, 2, 3].map(() => command('run', pipelineFile('listen'), '--port', '0', '--for', '100ms'))
    const urls = await Promise.all(runs.map((run) => run.url()))
    expect(new Set(urls).size).toBe(3)
    for (const run of runs) {
      expect((await run.ended).code).toBe(0)
      expect(await run.leftovers()).toEqual(nothingLeft)
    }
  })
})

const script = ['/usr/bin/script', '/bin/script'].find((file) => existsSync(file))

describe.skipIf(script === undefined || process.platform !== 'linux')('on a terminal', () => {
  const onTerminal = (env: Readonly<Record<string, string>>): string => {
    const line = `'${process.execPath}' '${builtMain}' check '${pipelineFile('watch')}'`
    return execFileSync(script ?? '', ['-qec', line, '/dev/null'], {
      env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  it('words have colours, with NO_COLOR none', () => {
    expect(onTerminal({})).toContain('\u001b[32m✓')
    expect(onTerminal({ NO_COLOR: '' })).toContain('\u001b[32m✓')
    expect(onTerminal({ NO_COLOR: '1' })).not.toContain('\u001b')
  })
})
