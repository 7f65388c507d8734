import {
  AmbientLight,
  BufferGeometry,
  Color,
  DirectionalLight,
  DoubleSide,
  Float32BufferAttribute,
  Group,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  OrthographicCamera,
  Scene,
  Vector3,
  WebGLRenderer,
} from 'three'
import { LineMaterial } from 'three/addons/lines/LineMaterial.js'
import { LineSegments2 } from 'three/addons/lines/LineSegments2.js'
import { LineSegmentsGeometry } from 'three/addons/lines/LineSegmentsGeometry.js'
import type { RobotJson } from '../../../src/core/wire.js'
import { onThemeChange, theme } from '../dom/theme.js'
import type { RobotTick } from '../live/live-data.js'
import { convexHull } from '../logic/convex-hull.js'
import { strokesAlong } from '../logic/dashes.js'
import {
  antennaLines,
  bodyMark,
  bodyRings,
  eyes,
  faceRing,
  headRings,
  placer,
  rodLines,
  type Vector,
} from '../logic/head-shape.js'

type Segments = readonly (readonly [Vector, Vector])[]

/** How far the visitor has turned it, from the front and from the side alike. */
export type Turn = { readonly aroundRad: number; readonly upRad: number }

export type HeadScene = {
  /** Null before the first tick: at rest, in grey. */
  draw(tick: RobotTick | null, turn: Turn): void
  /** Grows when size or theme changed, and all is to be drawn anew. */
  readonly version: number
  dispose(): void
}

/** What is drawn, in mm around the foot; both views share one scale. */
const frameMm = { width: 300, bottom: -10, top: 368 }
const dashMm = 7

/**
 * The head in two views, drawn by WebGL: simple solids, the outline of each as a line, the commanded head as a dashed outline.
 * Each solid is convex, so that its outline is the hull of its points as the camera sees them, at their own depth.
 */
export function headScene(context: WebGL2RenderingContext, atRest: RobotJson, lost: () => void): HeadScene {
  const canvas = context.canvas as HTMLCanvasElement
  const renderer = new WebGLRenderer({ canvas, context })
  renderer.setScissorTest(true)
  canvas.addEventListener('webglcontextlost', lost)
  const scene = new Scene()
  const camera = new OrthographicCamera()
  camera.up.set(0, 0, 1)
  const sun = new DirectionalLight('#ffffff', 1.1)
  scene.add(new AmbientLight('#ffffff', 2), sun, sun.target)

  const fill = new MeshLambertMaterial({
    side: DoubleSide,
    polygonOffset: true,
    polygonOffsetFactor: 1,
    polygonOffsetUnits: 1,
  })
  const ink = new MeshBasicMaterial({ side: DoubleSide })
  const discs = eyes.map(({ pupil }) => new Mesh(skin([pupil]), ink))
  const head = new Group()
  head.add(new Mesh(skin(headRings), fill), ...eyes.map(({ rings }) => new Mesh(skin(rings), fill)), ...discs)
  head.matrixAutoUpdate = false
  const bodyPoints = bodyRings.map(([z, r]) => ring(z, r))
  scene.add(head, new Mesh(skin(bodyPoints), fill))

  const lines = {
    ink: new Strokes(900, 1.6),
    fine: new Strokes(300, 1),
    dashed: new Strokes(300, 1.25, true),
  }
  scene.add(lines.ink.mesh, lines.fine.mesh, lines.dashed.mesh)

  let [width, height, version] = [0, 0, 0]
  const sized = new ResizeObserver(([entry]) => {
    if (entry === undefined) return
    ;({ width, height } = entry.contentRect)
    renderer.setPixelRatio(Math.min(2, devicePixelRatio))
    renderer.setSize(width, height, false)
    version++
  })
  sized.observe(canvas)
  const colour = (): void => {
    const { panel, ink: line, muted } = theme()
    fill.color = new Color(panel).lerp(new Color(line), 0.045)
    ink.color = new Color(line)
    lines.fine.colour(muted)
    lines.dashed.colour(muted)
    version++
  }
  const forget = onThemeChange(colour)
  colour()

  const look = (side: boolean, { aroundRad, upRad }: Turn): void => {
    const around = (side ? -Math.PI / 2 : 0) + aroundRad
    const middle = (frameMm.top + frameMm.bottom) / 2
    const scale = Math.min(width / 2 / frameMm.width, height / (frameMm.top - frameMm.bottom))
    const [halfX, halfY] = [width / 4 / scale, height / 2 / scale]
    Object.assign(camera, { left: -halfX, right: halfX, top: halfY, bottom: -halfY, near: 1, far: 2000 })
    camera.position.set(
      1000 * Math.cos(around) * Math.cos(upRad),
      1000 * Math.sin(around) * Math.cos(upRad),
      middle + 1000 * Math.sin(upRad),
    )
    camera.lookAt(0, 0, middle)
    camera.updateProjectionMatrix()
    camera.updateMatrixWorld()
    sun.position.copy(camera.position).add(new Vector3(0, 0, 700))
    sun.target.position.set(0, 0, middle)
  }

  const outline = (points: readonly Vector[]): readonly Vector[] => {
    const at = new Vector3()
    const seen = points.map((point) => {
      at.set(...point).applyMatrix4(camera.matrixWorldInverse)
      return [at.x, at.y, ...point] as const
    })
    return convexHull(seen).map(([, , x, y, z]) => [x, y, z])
  }

  const strokes = (tick: RobotTick | null): void => {
    const robot = tick?.measured ?? atRest
    const place = placer(robot)
    const placed = (points: readonly Vector[]): Vector[] => points.map(place)
    const silhouette = (points: readonly Vector[]): Segments => strokesAlong(outline(points), null)
    const measured = placed(headRings.flat())
    lines.ink.colour(tick === null ? theme().muted : theme().ink)
    lines.ink.set([
      ...silhouette(measured),
      ...silhouette(bodyPoints.flat()),
      ...eyes.flatMap(({ rings: [rim, lens] }) => [
        ...silhouette(placed([...rim, ...lens])),
        ...strokesAlong(placed(lens), null),
      ]),
      ...antennaLines(robot).map(([a, b]) => [place(a), place(b)] as const),
    ])
    lines.fine.set([
      ...rodLines(robot),
      ...strokesAlong(placed(faceRing), null),
      ...strokesAlong(ring(0, 104), null),
      bodyMark(robot),
    ])
    const commanded = tick === null ? [] : headRings.flat().map(placer(tick.commanded))
    const apart = Math.max(
      0,
      ...commanded.map((p, i) => Math.hypot(...p.map((v, axis) => v - (measured[i]?.[axis] ?? v)))),
    )
    lines.dashed.set(apart < 1.5 ? [] : strokesAlong(outline(commanded), dashMm))
  }

  return {
    get version() {
      return version
    },
    draw(tick, turn) {
      if (width < 2 || height < 2) return
      const place = placer(tick?.measured ?? atRest)
      const origin = place([0, 0, 0])
      const axes = (
        [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ] as const
      ).map((axis) => {
        const to = place(axis)
        return new Vector3(to[0] - origin[0], to[1] - origin[1], to[2] - origin[2])
      })
      const [x, y, z] = axes as [Vector3, Vector3, Vector3]
      head.matrix = new Matrix4().makeBasis(x, y, z).setPosition(...origin)
      for (const disc of discs) disc.visible = tick !== null
      for (const side of [false, true]) {
        look(side, turn)
        strokes(tick)
        const left = side ? width / 2 : 0
        renderer.setViewport(left, 0, width / 2, height)
        renderer.setScissor(left, 0, width / 2, height)
        renderer.render(scene, camera)
      }
    },
    dispose() {
      canvas.removeEventListener('webglcontextlost', lost)
      forget()
      sized.disconnect()
      renderer.dispose()
    },
  }
}

/** Lines of a width in px, in buffers that are filled anew with each picture and never made anew. */
class Strokes {
  readonly mesh: LineSegments2
  readonly #geometry = new LineSegmentsGeometry()
  readonly #material: LineMaterial
  readonly #most: number
  readonly #points: Float32Array

  /** @param onTop also where something stands before it */
  constructor(most: number, widthPx: number, onTop = false) {
    this.#most = most
    this.#points = new Float32Array(most * 6)
    this.#geometry.setPositions(this.#points)
    this.#material = new LineMaterial({ linewidth: widthPx, depthTest: !onTop })
    this.mesh = new LineSegments2(this.#geometry, this.#material)
    this.mesh.frustumCulled = false
    if (onTop) this.mesh.renderOrder = 1
  }

  colour(colour: string): void {
    this.#material.color = new Color(colour)
  }

  set(segments: Segments): void {
    const count = Math.min(segments.length, this.#most)
    const points = this.#geometry.getAttribute('instanceStart')
    segments.slice(0, count).forEach(([a, b], i) => {
      this.#points.set(a, i * 6)
      this.#points.set(b, i * 6 + 3)
    })
    if ('data' in points) {
      points.data.array.set(this.#points.subarray(0, count * 6))
      points.data.needsUpdate = true
    }
    this.#geometry.instanceCount = count
  }
}

function ring(z: number, radius: number): Vector[] {
  return Array.from({ length: 48 }, (_, i) => {
    const a = (i * Math.PI) / 24
    return [radius * Math.cos(a), radius * Math.sin(a), z]
  })
}

/** Rings of as many points, skinned one to the next, the first and the last closed. */
function skin(rings: readonly (readonly Vector[])[]): BufferGeometry {
  const geometry = new BufferGeometry()
  geometry.setAttribute('position', new Float32BufferAttribute(rings.flat(2), 3))
  const around = rings[0]?.length ?? 0
  const faces: number[] = []
  for (let nth = 0; nth + 1 < rings.length; nth++) {
    for (let i = 0; i < around; i++) {
      const [a, b] = [nth * around + i, nth * around + ((i + 1) % around)]
      faces.push(a, b, a + around, b, b + around, a + around)
    }
  }
  for (const first of [0, (rings.length - 1) * around]) {
    for (let i = 1; i + 1 < around; i++) faces.push(first, first + i, first + i + 1)
  }
  geometry.setIndex(faces)
  geometry.computeVertexNormals()
  return geometry
}
