import type { RobotJson } from '../../../src/core/wire.js'
import { element } from '../dom/element.js'
import { isStill } from '../dom/motion.js'
import type { RobotTick } from '../live/live-data.js'
import type { HeadScene, Turn } from './head-scene.js'

export type HeadSolid = {
  readonly element: HTMLElement
  /** Whether it is drawn here; else the lines serve. */
  readonly ready: boolean
  draw(tick: RobotTick | null, nowMs: number): void
}

/** From a little above, so that it is seen as the solid that it is. */
const straight: Turn = { aroundRad: 0, upRad: 0.12 }
const mostUpRad = 1.2

/**
 * The head as a solid, once its program is here: it comes by itself after the page has been drawn. Dragging turns it, a double
 * click turns it back.
 */
export function headSolid(atRest: RobotJson): HeadSolid {
  const canvas = element('canvas', {
    class: 'head-solid',
    attributes: {
      role: 'img',
      'aria-label': 'The head from the front and from its side: measured as a solid line, commanded dashed',
      title: 'Drag to turn it, double click to turn it back',
    },
  })
  let scene: HeadScene | null = null
  let turn = straight
  let drawn = ''
  let drawnTick: RobotTick | null = null
  let drawnAtMs = 0

  const give = (): void => {
    scene?.dispose()
    scene = null
  }
  const load = async (): Promise<void> => {
    // Without WebGL the lines serve, and three.js is not even loaded.
    const context = canvas.getContext('webgl2', { alpha: true, antialias: true, powerPreference: 'low-power' })
    if (context === null) return
    const { headScene } = await import('./head-scene.js')
    scene = headScene(context, atRest, give)
  }
  if ('requestIdleCallback' in globalThis) requestIdleCallback(() => void load(), { timeout: 4000 })
  else setTimeout(() => void load(), 1000)

  let from: { readonly x: number; readonly y: number; readonly turn: Turn } | null = null
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId)
    from = { x: event.clientX, y: event.clientY, turn }
  })
  canvas.addEventListener('pointermove', (event) => {
    if (from === null) return
    const upRad = from.turn.upRad + (event.clientY - from.y) / 150
    turn = {
      aroundRad: from.turn.aroundRad - (event.clientX - from.x) / 150,
      upRad: Math.max(-0.2, Math.min(mostUpRad, upRad)),
    }
  })
  for (const end of ['pointerup', 'pointercancel'] as const) {
    canvas.addEventListener(end, () => {
      from = null
    })
  }
  canvas.addEventListener('dblclick', () => {
    turn = straight
  })

  return {
    element: canvas,
    get ready() {
      return scene !== null
    },
    draw(tick, nowMs) {
      if (scene === null) return
      const state = `${String(scene.version)} ${String(turn.aroundRad)} ${String(turn.upRad)}`
      if ((tick === drawnTick && state === drawn) || nowMs - drawnAtMs < (isStill() && from === null ? 250 : 0)) return
      drawnTick = tick
      drawn = state
      drawnAtMs = nowMs
      scene.draw(tick, turn)
    },
  }
}
