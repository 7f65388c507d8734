import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClips, demoClip, skippedWithoutFfmpeg, speechClip } from '../helpers/clips.js'
import { Command, type CommandOptions, type Ending, nothingLeft, pipelineFile, project } from '../helpers/command.js'

/** Each mistake is told with what, where and what to do, and ends with the exit code of its kind. */
const noFfmpeg = skippedWithoutFfmpeg('media that the native FFmpeg cannot read')
const folder = createClips()

beforeAll(() => {
  const random = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7919 + (i >> 3) * 31) & 255))
  const demo = readFileSync(demoClip)
  mkdirSync(folder.path('folder'))
  writeFileSync(folder.path('empty.mp4'), '')
  writeFileSync(folder.path('text.mp4'), 'I am no video.\n')
  writeFileSync(folder.path('text.txt'), 'I am no video.\n')
  writeFileSync(folder.path('random.bin'), random)
  writeFileSync(folder.path('head.mp4'), demo.subarray(0, 20_000))
  writeFileSync(folder.path('cut.mp4'), demo.subarray(0, 150_000))
  const gigantic = readFileSync(join(project, 'tests/data/pictures/cat.png'))
  for (const at of [16, 20]) gigantic.writeUInt32BE(20_000, at)
  writeFileSync(folder.path('gigantic.png'), gigantic)
  writeFileSync(folder.path('text.onnx'), 'I am no model.\n')
  writeFileSync(folder.path('empty.onnx'), '')
  writeFileSync(folder.path('cut.onnx'), readFileSync(join(project, 'models/blazeface-256.onnx')).subarray(0, 3000))
  cpSync(join(project, 'models/silero-vad-v5.onnx'), folder.path('other.onnx'))
  if (!noFfmpeg) folder.make('mute.mp4', '-t', '1', '-i', demoClip, '-an', '-c', 'copy')
})

afterAll(() => {
  folder.remove()
})

/** Runs to the end, in the folder of the bad files; whatever happens nothing is left, and nothing is on stdout. */
async function endOf(words: readonly string[], options: CommandOptions = {}): Promise<Ending> {
  const run = new Command(words, { cwd: folder.folder, ...options })
  const ending = await run.ended
  expect(await run.leftovers()).toEqual(nothingLeft)
  expect(ending.stdout).toBe('')
  return ending
}

/** A run that fails says why in its last lines: where, what, and what to do. */
function last(stderr: string): string {
  return stderr.slice(stderr.lastIndexOf('✗'))
}

function pipeline(name: string, text: string): string {
  writeFileSync(folder.path(name), text)
  return name
}

describe.concurrent('an address that is refused before anything starts, with 2', () => {
  it.each([
    [
      'nothing.mp4',
      'there is no file nothing.mp4',
      'check the path; relative paths start where you stand, demo:demo.mp4 is carried along',
    ],
    ['folder', 'folder is a folder', 'name a file in it'],
    ['empty.mp4', 'empty.mp4 is empty', 'name a file with picture or sound in it'],
    ['-i', 'cannot use "-i" as a medium: it starts with "-"', `if that is a file's name, write "./-i"`],
    [
      'concat:cut.mp4|cut.mp4',
      'the scheme concat: is not allowed',
      'Allowed are a path, file:, demo:, device:, browser:, rtsp:, rtsps:, http: or https:',
    ],
    ['pipe:0', 'the scheme pipe: is not allowed', 'write "./pipe:0"'],
    ['lavfi:testsrc2', 'the scheme lavfi: is not allowed', 'Allowed are'],
    ['subfile,,start,0,end,9,,:cut.mp4', 'is not allowed', 'Allowed are'],
    ['crypto:cut.mp4', 'the scheme crypto: is not allowed', 'Allowed are'],
    ['tee:cut.mp4', 'the scheme tee: is not allowed', 'Allowed are'],
    ['rtps://10.0.0.7/1', 'the scheme rtps: is not allowed', 'did you mean rtsp:?'],
    ['browser:front', 'after browser: stands nothing', "write browser: and choose the camera on the run's page"],
    ['demo:../../package.json', 'after demo: stands a name without folders', 'demo:demo.mp4'],
    ['device:mic:file:/tmp/x', 'cannot use "device:mic:file:/tmp/x" as a medium', ''],
  ])('%s', async (address, what, remedy) => {
    const { code, stderr } = await endOf(['run', pipelineFile('watch'), '--port', '0', '--set', `camera=${address}`])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^✗ .*watch\.yaml has one problem:\n.*watch\.yaml:\d+:\d+ {2}streams\.room\.media\.open: /)
    expect(stderr).toContain(what)
    expect(stderr.slice(stderr.indexOf('→'))).toContain(remedy)
    expect(stderr.trimEnd().split('\n')).toHaveLength(3)
  })
})

describe.skipIf(noFfmpeg)('a medium that cannot be read, with 1', () => {
  it.concurrent.each([
    [
      'text under the name of a film',
      'text.mp4',
      /^✗ room\.video: cannot open text\.mp4: it is cut off, or not what its name says: its table of contents is missing\n {2}→ copy or record it again to its end, or give a video or sound file\n$/,
    ],
    ['text', 'text.txt', /^✗ room\.video: cannot (open|read) .*text\.txt.*\n {2}→ .*(give|choose|use) /],
    [
      'random bytes',
      'random.bin',
      /^✗ room\.video: cannot open random\.bin: this is no medium that FFmpeg can read\n {2}→ give a video or sound file, or convert it\n$/,
    ],
    ['a film of which the pictures are missing', 'head.mp4', /^✗ room\.video: .*head\.mp4.*\n {2}→ /],
    [
      'a film that breaks off',
      'cut.mp4',
      /^✗ room\.video: cut\.mp4 breaks off after \d+ pictures, at \d\.\d\d s\n {2}→ copy or record it again to its end; what is there was played\n$/,
    ],
    [
      'a picture larger than FFmpeg decodes',
      'gigantic.png',
      /^✗ room\.video: cannot open gigantic\.png: its picture has no size, or one of more than 268 million pixels, which FFmpeg does not decode\n {2}→ make it smaller before\n$/,
    ],
    [
      'sound alone, where a picture is wanted',
      speechClip,
      /^✗ room\.video: cannot read the picture of .*speech-0890\.wav: it has none\n {2}→ use its sound alone, or give a medium with picture\n$/,
    ],
    [
      'a camera that is not there',
      'device:77',
      /^✗ room\.video: cannot open device:77: the device cannot be opened\n {2}→ plug it in, end what else uses it, or give another/,
    ],
    [
      'a server that is not there',
      'http://127.0.0.1:1/x.mp4',
      /^✗ room\.video: cannot open http:\/\/127\.0\.0\.1:1\/x\.mp4: the connection was refused\n {2}→ check host and port, and that the server runs\n$/,
    ],
    [
      'a server with a password',
      'rtsp://me:secret@127.0.0.1:1/x',
      /^✗ room\.video: cannot open rtsp:\/\/…@127\.0\.0\.1:1\/x: the connection was refused\n/,
    ],
  ] as const)('%s', async (_what, address, message) => {
    const { code, stderr } = await endOf(['run', pipelineFile('watch'), '--port', '0', '--set', `camera=${address}`])
    expect(last(stderr)).toMatch(message)
    expect(code).toBe(1)
    expect(stderr).not.toMatch(/secret|cut off after/)
  })

  it('without sound, where nothing else is wanted', async () => {
    const { code, stderr } = await endOf(['run', pipelineFile('listen'), '--port', '0', '--set', 'microphone=mute.mp4'])
    expect(last(stderr)).toBe(
      '✗ room.audio: cannot read the sound of mute.mp4: it has none\n  → use its picture alone, or give a medium with sound\n',
    )
    expect(code).toBe(1)
  })

  it('without sound, beside its picture, is told, and the rest runs', async () => {
    const words = ['run', pipelineFile('follow-face'), '--port', '0', '--for', '500ms', '--set', 'camera=mute.mp4']
    const { code, stderr } = await endOf(words)
    expect(stderr).toMatch(
      /· room\.audio: mute\.mp4 has no sound, so nothing comes from room\.audio → use its picture alone, or give a medium with sound\n/,
    )
    expect(stderr).toMatch(/stopped after .* faces [1-9]\d*, speech 0, gaze [1-9]/)
    expect(code).toBe(0)
  })
})

const facesWith = (options: string): string => `saccade: 1
streams: { room: { media: { open: "demo:demo.mp4" } } }
operators: { faces: { from: room.video, pipe: [detect-faces: ${options}] } }
sinks: { seen: { from: faces, console: {} } }
`

describe.concurrent('a model that cannot be used, with 1', () => {
  it.each([
    [
      'text',
      'text.onnx',
      /cannot load model text\.onnx as .*text\.onnx must be a whole ONNX file: Protobuf parsing failed\.\n {2}→ get the file anew: it is broken off, or something else under this name\n$/,
    ],
    [
      'one that breaks off',
      'cut.onnx',
      /cannot load model cut\.onnx as .*cut\.onnx must be a whole ONNX file: .*\n {2}→ get the file anew/,
    ],
    [
      'an empty file',
      'empty.onnx',
      /cannot load model empty\.onnx: .*empty\.onnx is empty\n {2}→ name a path that ends in \.onnx/,
    ],
    [
      'one of other shapes',
      'other.onnx',
      /cannot use model other\.onnx \(.*\) as it does not fit its stage: input input:0 is missing: it has input, state, sr; .*\n {2}→ name a model that was made for this stage/,
    ],
    [
      'none',
      'nothing.onnx',
      /cannot load model nothing\.onnx: there is no file .*nothing\.onnx\n {2}→ name a path that ends in \.onnx, or leave the option away/,
    ],
    [
      'an unknown name',
      'blazeface',
      /cannot find model blazeface as nothing is known of that name\n {2}→ name one of blazeface-256, /,
    ],
  ] as const)('%s', async (what, model, message) => {
    const file = pipeline(`model ${what}.yaml`, facesWith(`{ model: ${model} }`))
    const { code, stderr } = await endOf(['run', file, '--port', '0'])
    expect(last(stderr)).toMatch(/^✗ faces\/detect-faces: /)
    expect(last(stderr)).toMatch(message)
    expect(code).toBe(1)
    // It ends by itself, in order: nothing had to be cut off.
    expect(stderr).not.toMatch(/cut off:/)
  })
})

describe.concurrent('a pipeline that does not fit together, with 2', () => {
  const room = 'saccade: 1\nstreams: { room: { media: "demo:demo.mp4" } }\n'
  const ends = 'sinks: { live: { from: faces, websocket: {} } }\n'
  const faces = (pipe: string, from = 'room.video'): string =>
    `${room}operators: { faces: { from: ${from}, pipe: [${pipe}] } }\n${ends}`
  it.each([
    [
      'stage',
      faces('detect-face'),
      '3:48  operators.faces.pipe[0].detect-face: there is no stage detect-face',
      'did you mean detect-faces?',
    ],
    [
      'kind of stage',
      faces('media'),
      '3:48  operators.faces.pipe[0].media: media is a stream, and this is the place of an operator',
      'operators: ',
    ],
    [
      'port',
      faces('detect-faces', 'room.audio'),
      '3:48  operators.faces.pipe[0].detect-faces: detect-faces takes picture, but room.audio is sound',
      'feed it picture; sound goes into: voice-activity',
    ],
    [
      'result',
      faces('detect-faces', 'room.vidoe'),
      '3:29  operators.faces.from: room has no result room.vidoe',
      'did you mean room.video?',
    ],
    [
      'option',
      faces('detect-faces: { minscore: 0.5 }'),
      '3:64  operators.faces.pipe[0].detect-faces.minscore: detect-faces has no option minscore',
      'did you mean minScore?',
    ],
    [
      'value',
      faces('detect-faces: { minScore: 7 }'),
      '3:74  operators.faces.pipe[0].detect-faces.minScore: Too big: expected number to be <=1: found 7',
      'write for example detect-faces: { minScore: 0.65 }',
    ],
    [
      'parameter',
      faces('detect-faces: { minScore: $low }'),
      '3:74  operators.faces.pipe[0].detect-faces.minScore: there is no parameter low',
      'there are no parameters here',
    ],
    [
      'bare number',
      faces('throttle: 30, detect-faces'),
      '3:58  operators.faces.pipe[0].throttle.rate: a rate with its unit is needed, such as 30fps (units: fps, Hz, kHz, /s): found the bare number 30, write 30fps',
      'write for example throttle',
    ],
    [
      'unit',
      faces('throttle: 30fpm, detect-faces'),
      'found the unit "fpm" in "30fpm"',
      'write for example throttle: { rate: 30fps }',
    ],
    [
      'type',
      `${faces('detect-faces')}parameters: { low: { type: integer, default: 1 } }\n`,
      '5:28  parameters.low: has the unknown type "integer"',
      'types: source, robot, string, number, boolean',
    ],
    [
      'word',
      `${faces('detect-faces')}sink: {}\n`,
      '5:1  sink: "sink" is not a word of a pipeline',
      'did you mean sinks?',
    ],
    [
      'word that is not built yet',
      `${faces('detect-faces')}safety: {}\n`,
      '5:1  safety: safety is a word of the language that is not built yet',
      'leave it out',
    ],
    [
      'block on what is live',
      faces('queue: block, detect-faces'),
      'block on room, which is live and cannot wait',
      'write queue: latest',
    ],
    [
      'circle',
      `${room}operators:\n  a: { from: b, pipe: [throttle: 30fps] }\n  b: { from: a, pipe: [throttle: 30fps] }\n`,
      'goes in a circle: ',
      'let one of them take its packets from a stream',
    ],
  ] as const)('an unknown or wrong %s', async (name, text, what, remedy) => {
    const file = pipeline(`wrong ${name}.yaml`, text)
    const { code, stderr } = await endOf(['check', file])
    expect(stderr).toContain(`✗ ${file} has one problem:\n${file}:`)
    expect(stderr).toContain(what)
    expect(stderr.slice(stderr.indexOf('→'))).toContain(remedy)
    expect(code).toBe(2)
  })

  it('five mistakes at once are all told, in order of their lines', async () => {
    const text = `saccade: 2
streams: { room: { media: { open: "demo:demo.mp4", lop: true } } }
operators:
  faces: { from: room.video, pipe: [throttle: 30, detect-face] }
sinks: { live: { from: [faces, speach], websocket: {} } }
`
    const words = [pipeline('five.yaml', text), '--set', 'camera=x']
    const { code, stderr } = await endOf(['check', ...words])
    expect(code).toBe(2)
    // The same from all commands: nothing starts while one is left.
    for (const command of ['run', 'graph']) expect(await endOf([command, ...words])).toMatchObject({ code, stderr })
    const found = [...stderr.matchAll(/^five\.yaml:(\d+):\d+ {2}(.*?): (.*)$/gm)].map(([, line, path, what]) => [
      line,
      path,
      what?.slice(0, 30),
    ])
    expect(stderr).toMatch(/^✗ five\.yaml has 6 problems:\n/)
    expect(found).toEqual([
      ['1', '--set camera', 'there is no such parameter'],
      ['1', 'saccade', 'version 2 is not known'],
      ['2', 'streams.room.media.lop', 'media has no option lop'],
      ['4', 'operators.faces.pipe[0].throttle.rate', 'a rate with its unit is needed'],
      ['4', 'operators.faces.pipe[1].detect-face', 'there is no stage detect-face'],
      ['5', 'sinks.live.from[1]', 'there is no speach'],
    ])
    expect([...stderr.matchAll(/^ {4}→ \S/gm)]).toHaveLength(6)
  })
})

describe.concurrent('a file that is no pipeline, with 2', () => {
  it.each([
    ['words', 'just a sentence\n', '1:1  this is YAML, but no pipeline', 'begin with saccade: 1'],
    ['list', '- a\n- b\n', '1:1  this is YAML, but no pipeline', 'begin with saccade: 1'],
    ['nothing', '', '1:1  this file is empty', 'begin with saccade: 1'],
    ['comment', '# nothing here\n', '1:1  this file is empty', 'begin with saccade: 1'],
    [
      'other',
      'services:\n  web: { image: x }\n',
      '1:1  services: "services" is not a word of a pipeline',
      'words: saccade, name',
    ],
    ['bracket', 'saccade: 1\nstreams: { room: [\n', 'this is not YAML as it should be: ', 'mend the line'],
    [
      'tab',
      'saccade: 1\n\tstreams: x\n',
      '2:1  this is not YAML as it should be: Tabs are not allowed as indentation',
      'mend the line',
    ],
    [
      'twice',
      'saccade: 1\nsaccade: 1\n',
      '2:1  this is not YAML as it should be: Map keys must be unique',
      'mend the line',
    ],
    [
      'two documents',
      'saccade: 1\n---\nsaccade: 1\n',
      'a file holds one pipeline, and here a second begins',
      'mend the line',
    ],
    [
      'alias',
      'a: &x 1\nb: *x\n',
      '2:4  this is not YAML as it should be: aliases (*name) are not part of the pipeline language',
      'mend the line',
    ],
    ['bare', 'saccade: 1\n', '1:1  streams: there are no streams, so nothing would run', 'write streams: '],
    ['deep', '['.repeat(20_000), 'this is not YAML as it should be: ', 'mend the line'],
    ['bytes', '\u0000\u0001\u0002 : \u0007', '1:', '→'],
  ] as const)('%s', async (name, text, what, remedy) => {
    const file = pipeline(`no ${name}.yaml`, text)
    const { code, stderr } = await endOf(['check', file])
    expect(code).toBe(2)
    expect(stderr).toContain(`${file}:`)
    expect(stderr).toContain(what)
    expect(stderr).toContain(remedy)
    expect(stderr.split('\n').length).toBeLessThan(20)
  })

  it.each([
    ['nowhere.yaml', 'there is no such file'],
    ['folder', 'it is a folder'],
  ])('%s cannot be read', async (file, why) => {
    const { code, stderr } = await endOf(['run', file])
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `✗ cannot read ${file}: ${why}\n  → name a pipeline file, as pipelines/follow-face.yaml\n`,
    })
  })
})

describe('something that is missing, with 3', () => {
  const bare = folder.path('bare')
  const main = join(bare, 'dist/cli/main.cjs')

  /** The package as it is installed, with none of its optional dependencies. */
  beforeAll(() => {
    mkdirSync(join(bare, 'dist'), { recursive: true })
    cpSync(join(project, 'dist'), join(bare, 'dist'), { recursive: true, filter: (file) => !file.endsWith('/web') })
    cpSync(join(project, 'package.json'), join(bare, 'package.json'))
    mkdirSync(join(bare, 'node_modules'))
    // What the workers of models import, which the command does not hold.
    for (const carried of ['media', 'models', 'pipelines', 'node_modules/@bufbuild'])
      symlinkSync(join(project, carried), join(bare, carried))
    pipeline(
      'sound.yaml',
      'saccade: 1\nstreams: { room: { media: "demo:demo.mp4" } }\nsinks: { seen: { from: room.audio, console: {} } }\n',
    )
    pipeline(
      'camera.yaml',
      'saccade: 1\nstreams: { room: { media: "device:0" } }\nsinks: { seen: { from: room.video, console: {} } }\n',
    )
  })

  const nowhere = { env: { PATH: folder.path('folder') } }

  it.each([
    [
      'onnxruntime-node',
      pipelineFile('listen'),
      {},
      /^✗ speech\/voice-activity: needs onnxruntime-node, which is not installed or does not run on this machine\n {2}→ npm i onnxruntime-node \(with ONNXRUNTIME_NODE_INSTALL=skip in the environment where nothing outside the registry is reached\)\n$/,
    ],
    [
      '@julusian/jpeg-turbo',
      pipelineFile('watch'),
      {},
      /^✗ live\/websocket\/room\.video\/encode: needs @julusian\/jpeg-turbo, which is not installed or does not run on this machine\n {2}→ npm i @julusian\/jpeg-turbo\n$/,
    ],
    [
      'FFmpeg and @ffmpeg/core',
      'sound.yaml',
      nowhere,
      /^✗ room\.audio: cannot open .*demo\.mp4: it needs FFmpeg 5\.1 or newer on the PATH\n {2}→ install FFmpeg 5\.1 or newer: .*apt-get install ffmpeg.*, or the embedded decoder: `npm i @ffmpeg\/core`\n$/,
    ],
    [
      'FFmpeg, which a camera needs',
      'camera.yaml',
      nowhere,
      /^✗ room\.video: cannot open device:0: it needs FFmpeg 5\.1 or newer on the PATH\n {2}→ install FFmpeg 5\.1 or newer: .*apt-get install ffmpeg[^@]*\n$/,
    ],
  ] as const)('%s', async (_what, file, options, message) => {
    const { code, stderr } = await endOf(['run', file, '--port', '0'], { main, ...options })
    expect(last(stderr)).toMatch(message)
    expect(code).toBe(3)
  })

  it('is not missed where nothing asks for it', async () => {
    const { code } = await new Command(['check', pipelineFile('follow-face')], { main, ...nowhere }).ended
    expect(code).toBe(0)
  })

  it.skipIf(noFfmpeg)(
    'but FFmpeg alone is no hindrance: the embedded decoder serves, and that is said once',
    async () => {
      const { code, stderr } = await endOf(['run', 'sound.yaml', '--port', '0', '--for', '500ms'], nowhere)
      expect(code).toBe(0)
      const said = stderr.match(
        /FFmpeg is not on the PATH: the embedded decoder \(WebAssembly\) serves, which is slower and reads files alone/g,
      )
      expect(said).toHaveLength(1)
    },
  )
})
