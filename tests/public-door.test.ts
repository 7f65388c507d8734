import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const root = fileURLToPath(new URL('..', import.meta.url))

const facts = z.object({ exports: z.record(z.string(), z.union([z.string(), z.object({ default: z.string() })])) })
const { exports: doors } = facts.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))

/** The doors of code: `.` and its rooms, each with its source. */
const sourceOf = Object.fromEntries(
  Object.entries(doors).flatMap(([door, to]) =>
    typeof to === 'string' ? [] : [[door, to.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts')] as const],
  ),
)

/** The names that a door gives, types marked as such. Anything but exports by name is a fault. */
function namesOf(door: string): readonly string[] {
  const path = sourceOf[door] ?? ''
  const tree = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true)
  return tree.statements
    .flatMap((statement) => {
      if (!ts.isExportDeclaration(statement))
        throw new Error(`${path} has something else than exports: ${statement.getText()}`)
      const { exportClause, isTypeOnly } = statement
      if (exportClause === undefined || !ts.isNamedExports(exportClause))
        throw new Error(`${path} exports all: ${statement.getText()}`)
      return exportClause.elements.map(
        (element) => `${isTypeOnly || element.isTypeOnly ? 'type ' : ''}${element.name.text}`,
      )
    })
    .sort()
}

describe('the public door', () => {
  test('has these rooms', () => {
    expect(Object.keys(sourceOf)).toEqual(['.', './streams', './operators', './sinks', './testing', './client'])
  })

  test('. gives these names', () => {
    expect(namesOf('.')).toMatchInlineSnapshot(`
      [
        "CountingGate",
        "Frame",
        "PipelineRun",
        "RefusedPipeline",
        "Runtime",
        "SaccadeError",
        "angle",
        "anyPort",
        "bytes",
        "createPacket",
        "createPipeline",
        "createRegistry",
        "createVirtualClock",
        "defineOperator",
        "definePassing",
        "definePort",
        "defineSink",
        "defineStream",
        "detectionsPort",
        "duration",
        "freeGate",
        "isCurrent",
        "joinedPort",
        "jointTargetPort",
        "length",
        "listPort",
        "loadPlan",
        "mapValue",
        "movedAhead",
        "optionsNow",
        "picturePort",
        "posePort",
        "rate",
        "ratePort",
        "readCurrent",
        "robotPort",
        "runtime",
        "size",
        "soundPort",
        "type Adapters",
        "type Clock",
        "type Command",
        "type Controls",
        "type Detection",
        "type Detections",
        "type ErrorCode",
        "type Gate",
        "type JointTarget",
        "type MeasuredRate",
        "type MountOptions",
        "type Operator",
        "type Origin",
        "type Packet",
        "type PacketJson",
        "type PassingOperator",
        "type PipelineOptions",
        "type Plan",
        "type Port",
        "type Pose",
        "type Problem",
        "type Rights",
        "type RobotValue",
        "type RunEvent",
        "type RunPhase",
        "type RunState",
        "type ServeOptions",
        "type SharedPixels",
        "type SinkFactory",
        "type Sound",
        "type StageContext",
        "type StageState",
        "type Stamp",
        "type StopKind",
        "type StopReport",
        "type StreamFactory",
        "type Voice",
        "voicePort",
        "withValue",
        "z",
      ]
    `)
  })

  test('./streams gives these names', () => {
    expect(namesOf('./streams')).toMatchInlineSnapshot(`
      [
        "media",
        "packets",
      ]
    `)
  })

  test('./operators gives these names', () => {
    expect(namesOf('./operators')).toMatchInlineSnapshot(`
      [
        "batch",
        "deadBand",
        "debounce",
        "dedupe",
        "detectFaces",
        "detectObjects",
        "detectPose",
        "fanOut",
        "join",
        "lookAt",
        "mapValue",
        "measureRate",
        "pickFace",
        "process",
        "queue",
        "resize",
        "sample",
        "smooth",
        "solvePose",
        "throttle",
        "track",
        "type ProcessSettings",
        "voiceActivity",
        "window",
      ]
    `)
  })

  test('./sinks gives these names', () => {
    expect(namesOf('./sinks')).toMatchInlineSnapshot(`
      [
        "consoleSink",
        "reachyMini",
        "websocket",
      ]
    `)
  })

  test('./testing gives these names', () => {
    expect(namesOf('./testing')).toMatchInlineSnapshot(`
      [
        "BrokenContract",
        "Picture",
        "Report",
        "Schedule",
        "answersInAnyOrder",
        "anyArrivals",
        "anyDetections",
        "anyGraph",
        "anyJointTarget",
        "anyMistake",
        "anyOptions",
        "anyPacket",
        "anyPicture",
        "anyPipelineText",
        "anyPose",
        "anyRobotValue",
        "anySchedule",
        "anySound",
        "anyValue",
        "anyVoice",
        "conforms",
        "costOf",
        "endsOf",
        "expectNoLeaks",
        "graphText",
        "openGraph",
        "picture",
        "tracePools",
        "tracedPool",
        "type Arrival",
        "type ArrivalOptions",
        "type ConformsOptions",
        "type Defined",
        "type Ending",
        "type Graph",
        "type GraphOptions",
        "type GraphStep",
        "type Item",
        "type Marbles",
        "type ScheduleOptions",
        "type VirtualKit",
        "virtualRun",
      ]
    `)
  })

  test('./client gives these names', () => {
    expect(namesOf('./client')).toMatchInlineSnapshot(`
      [
        "ClientError",
        "ToldState",
        "connect",
        "headerBytes",
        "openConnection",
        "protocolVersion",
        "readHeader",
        "socketWorld",
        "type BinaryHeader",
        "type ChannelInfo",
        "type Client",
        "type ClientEvents",
        "type Codec",
        "type Command",
        "type ConnectOptions",
        "type Connection",
        "type ConnectionListener",
        "type Hello",
        "type Link",
        "type PacketJson",
        "type Payload",
        "type RunClock",
        "type RunState",
        "type SocketConstructor",
        "type SocketLike",
        "type SocketWorld",
        "type StopKind",
        "withOption",
      ]
    `)
  })
})

/** Prints what importing every door has done to the process; a timer or socket would keep it from ending. */
const probe = `
process.report.excludeNetwork = true
const look = () => ({
  native: process.report.getReport().sharedObjects,
  resources: process.getActiveResourcesInfo().filter((what) => !/Req/.test(what)), // requests of reading the modules themselves
  globals: Object.getOwnPropertyNames(globalThis),
  listeners: process.eventNames().map((name) => String(name) + ' ' + process.listenerCount(name)),
})
process.stdout // opened before the first look
await Promise.all([import('rxjs'), import('zod')]) // what these do is theirs: zod sets a global
const before = look()
const names = {}
for (const door of ${JSON.stringify(Object.keys(sourceOf))}) {
  names[door] = Object.keys(await import(door.replace('.', 'saccade'))).sort()
}
const after = look()
const more = Object.fromEntries(Object.keys(before).map((what) => [what, after[what].filter((one) => !before[what].includes(one))]))
console.log(JSON.stringify({ names, more }))
`
const words = z.array(z.string())
const probed = z.object({
  names: z.record(z.string(), words),
  more: z.object({ native: words, resources: words, globals: words, listeners: words }),
})

describe('importing every door of the built package', () => {
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', probe], {
    cwd: root,
    timeout: 30_000,
  })
  // A process that does not end by itself is killed by the timeout, and rejects.
  const found = run.then(({ stdout }) => probed.parse(JSON.parse(stdout)))

  test('gives the names of the sources', async () => {
    const { names } = await found
    for (const door of Object.keys(sourceOf))
      expect(names[door]).toEqual(namesOf(door).filter((name) => !name.startsWith('type ')))
  })

  test('loads no native code', async () => {
    const { more } = await found
    expect(more.native).toEqual([])
  })

  test('starts no timer, socket or worker, sets no global, listens to nothing', async () => {
    const { more } = await found
    expect(more.resources).toEqual([])
    expect(more.globals).toEqual([])
    expect(more.listeners).toEqual([])
  })
})
