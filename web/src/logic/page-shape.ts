import type { Hello, RunState } from '../../../src/core/wire.js'

export type ChannelRef = { readonly index: number; readonly name: string }

/** What there is to show: it decides how the page arranges itself. */
export type PageShape = {
  readonly pictures: readonly ChannelRef[]
  readonly sound: ChannelRef | null
  readonly voice: string | null
  readonly detections: readonly string[]
  readonly robot: string | null
  /** What the first figure tells the age of. */
  readonly figure: 'robot' | 'picture' | 'sound' | 'none'
}

export const emptyShape: PageShape = {
  pictures: [],
  sound: null,
  voice: null,
  detections: [],
  robot: null,
  figure: 'none',
}

export function pageShape(hello: Hello | null, run: RunState | null): PageShape {
  if (hello === null) return emptyShape
  const of = (kind: string): ChannelRef[] =>
    hello.channels.flatMap((channel, index) => (channel.kind === kind ? [{ index, name: channel.name }] : []))
  const pictures = of('video')
  const sound = of('audio')[0] ?? null
  const voice = of('voice')[0]?.name ?? null
  const robot = of('robot')[0]?.name ?? run?.robot?.name ?? null
  return {
    pictures,
    sound,
    voice,
    detections: of('detections').map(({ name }) => name),
    robot,
    figure:
      robot !== null ? 'robot' : pictures.length > 0 ? 'picture' : sound !== null || voice !== null ? 'sound' : 'none',
  }
}

/** Two shapes that want the same panels. */
export function sameShape(a: PageShape, b: PageShape): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
