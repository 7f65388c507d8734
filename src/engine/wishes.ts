import type { Adapters } from '../core/adapters.js'
import type { AnyStage, AnyStream, PictureOffer, Port, SoundOffer } from '../core/stage.js'
import type { PlannedEntry } from './planned.js'
import type { Place } from './problem.js'

type Reader = {
  readonly name: string
  readonly at: Place
  readonly path: string
  readonly picture?: PictureOffer
  readonly sound?: SoundOffer
}

const asItIs: PictureOffer = { formats: ['rgb24', 'yuv420p', 'gray'], fitPx: null }

/** Settles for each stream what its readers agree on: pixel format and size, sample rate; pushed into the decoder (S7). */
export function settleWishes(
  entries: readonly PlannedEntry[],
  notes: string[],
  report: (at: Place, path: string, text: string, remedy: string) => void,
  adapters: Adapters,
): readonly PlannedEntry[] {
  return entries.map((entry) => {
    const stage = entry.steps[0]?.stage
    if (stage?.kind !== 'stream') return entry
    const readers: Reader[] = []
    for (const [result, port] of Object.entries(stage.results as Readonly<Record<string, { readonly kind: string }>>)) {
      if (port.kind !== 'video' && port.kind !== 'audio') continue
      readers.push(...readersOf(namesOf(entry.name, stage, result), port.kind, entries, adapters))
    }
    const pictures = readers.flatMap((reader) =>
      reader.picture === undefined ? [] : [{ ...reader, picture: reader.picture }],
    )
    const sounds = readers.flatMap((reader) => (reader.sound === undefined ? [] : [{ ...reader, sound: reader.sound }]))
    const picture = pictures.length === 0 ? null : settlePicture(pictures, report)
    const sound = sounds[0]?.sound ?? null
    const other = sounds.find((reader) => reader.sound.sampleRateHz !== sound?.sampleRateHz)
    if (other !== undefined) {
      report(
        other.at,
        other.path,
        `${other.name} and ${sounds[0]?.name ?? ''} want different sample rates of ${entry.name}`,
        'open the medium twice',
      )
    }
    if (picture !== null) {
      const fit = picture.fitPx === null ? 'in its own size' : `scaled by the decoder to fit ${picture.fitPx.join('x')}`
      notes.push(
        `${entry.name}: pictures as ${picture.formats.join(' or ')}, ${fit} (for ${[...new Set(pictures.map(({ name }) => name))].join(', ')})`,
      )
    }
    if (sound !== null)
      notes.push(`${entry.name}: sound resampled by the decoder to ${String(sound.sampleRateHz)} Hz mono`)
    return { ...entry, wish: { picture, sound, behind: stagesBehind(entry.name, stage, entries) } }
  })
}

/** The names that a result has in a file: `room.video`, and `room` for the main one. */
function namesOf(entry: string, stage: AnyStream, result: string): readonly string[] {
  return result === stage.mainResult ? [`${entry}.${result}`, entry] : [`${entry}.${result}`]
}

/** The stages behind each result of a stream, directly or through other entries. */
function stagesBehind(
  entry: string,
  stage: AnyStream,
  entries: readonly PlannedEntry[],
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.keys(stage.results as object).map((result) => {
      const first = namesOf(entry, stage, result)
      const reached = new Set<string>()
      const behind: string[] = []
      // Entries stand in the order in which they can be built: who reads comes after who gives.
      for (const { name, from, steps } of entries) {
        if (!from.some((one) => first.includes(one) || reached.has(one.split('.')[0] ?? one))) continue
        reached.add(name)
        behind.push(...steps.map(({ key }) => key))
      }
      return [result, behind]
    }),
  )
}

/** The format that all can read, and the smallest box that is large enough for all. */
function settlePicture(
  readers: readonly (Reader & { readonly picture: PictureOffer })[],
  report: (at: Place, path: string, text: string, remedy: string) => void,
): PictureOffer {
  const [first] = readers
  const formats = (first?.picture.formats ?? []).filter((format) =>
    readers.every(({ picture }) => picture.formats.includes(format)),
  )
  const [format] = formats
  if (format === undefined && first !== undefined) {
    const wants = readers.map(({ name, picture }) => `${name} reads ${picture.formats.join(', ')}`).join('; ')
    report(first.at, first.path, `no pixel format serves all readers: ${wants}`, 'open the medium twice')
  }
  const boxes = readers.map(({ picture }) => picture.fitPx)
  const sizes = boxes.filter((box) => box !== null)
  const fitPx =
    sizes.length < boxes.length
      ? null
      : ([Math.max(...sizes.map(([w]) => w)), Math.max(...sizes.map(([, h]) => h))] as const)
  return { formats: [format ?? 'rgb24'], fitPx }
}

/** The first stages that look into what a result carries; stages that pass anything on are looked through. */
function readersOf(
  names: readonly string[],
  kind: string,
  entries: readonly PlannedEntry[],
  adapters: Adapters,
): readonly Reader[] {
  return entries
    .filter((entry) => entry.from.some((from) => names.includes(from)))
    .flatMap((entry) => {
      for (const step of entry.steps) {
        const { stage, options, key: name, path } = step
        const at = { line: step.line, column: step.column }
        const reads = readsOf(stage, options, adapters)
        if (kind === 'video' && reads.picture !== undefined) return [{ name, at, path, picture: reads.picture }]
        if (kind === 'audio' && reads.sound !== undefined) return [{ name, at, path, sound: reads.sound }]
        if (stage.kind === 'sink' || stage.kind === 'stream') return []
        const { input, output } = stage as { readonly input: Port<unknown>; readonly output: Port<unknown> }
        if (input.name === 'any' && output.name === 'any') continue
        // What gives another port of any packet has looked at none, but a list of pictures may still be read.
        const looks = input.name !== 'any' || output.name === 'list'
        return kind === 'video' && looks ? [{ name, at, path, picture: asItIs }] : []
      }
      return readersOf([entry.name], kind, entries, adapters)
    })
}

type Reads = { readonly picture?: PictureOffer; readonly sound?: SoundOffer }

function readsOf(stage: AnyStage, options: unknown, adapters: Adapters): Reads {
  const reads = stage.reads as ((options: unknown, adapters: Adapters) => Reads) | undefined
  return reads?.(options, adapters) ?? {}
}
