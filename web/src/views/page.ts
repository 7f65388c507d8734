import { cameraPanel } from '../camera/camera-panel.js'
import { element, setData } from '../dom/element.js'
import { emptyShape, sameShape, type PageShape } from '../logic/page-shape.js'
import { actions } from './actions.js'
import { ageFigure } from './age-figure.js'
import { configPanel } from './config-panel.js'
import { eventList } from './event-list.js'
import { factsLine } from './facts-line.js'
import { head } from './head.js'
import { header } from './header.js'
import { keysPanel } from './keys-panel.js'
import { noticeBar } from './notice-bar.js'
import { nothingSent } from './nothing-sent.js'
import { picture, type PictureView } from './picture.js'
import { pipeline } from './pipeline.js'
import { soundLine } from './sound-line.js'
import { messageBar } from './message-bar.js'
import { saveButton } from './save-button.js'
import { wordsLine } from './words-line.js'
import type { Scene, View, World } from './view.js'

export type PageView = Required<View> & {
  /** Gives a picture to the view of its channel. */
  offerPicture(channel: number, message: ArrayBuffer): void
}

/** The whole page, arranged by what there is to show. */
export function page(world: World): PageView {
  const saving = saveButton(world)
  const control = actions(world)
  const top = header(control)
  const notice = noticeBar(world)
  const message = messageBar(world)
  const figure = ageFigure()
  const robot = head()
  const sound = soundLine(world.listening)
  const facts = factsLine()
  const events = eventList()
  const graph = pipeline(world)
  const camera = cameraPanel()
  const words = wordsLine()
  const nothing = nothingSent()
  const config = configPanel()
  const keys = keysPanel(world)
  const pictures = element('div', { class: 'pictures' })
  const seen = element('section', { class: 'panel scene', attributes: { 'aria-label': 'Picture and sound' } })
  const told = element('section', { class: 'panel told', attributes: { 'aria-label': 'Robot' } })
  const main = element('main', { children: [seen, told, graph.element, config.element, keys.element] })
  const root = element('div', { class: 'page', children: [top.element, notice.element, message.element, main] })

  // Where the header is narrow, the film is saved from under the picture.
  const narrow = matchMedia('(max-width: 599px)')
  const placeSaving = (): void => {
    if (narrow.matches) facts.element.after(saving.element)
    else control.element.prepend(saving.element)
  }
  narrow.addEventListener('change', placeSaving)

  let shape: PageShape = emptyShape
  let arranged = false
  let cameras: { readonly index: number; readonly view: PictureView }[] = []
  let views: View[] = []

  const arrange = (next: PageShape): void => {
    const sameCameras = JSON.stringify(next.pictures) === JSON.stringify(shape.pictures)
    shape = next
    arranged = true
    if (!sameCameras || cameras.length !== next.pictures.length) {
      for (const { view } of cameras) view.dispose()
      cameras = next.pictures.map((channel) => ({ index: channel.index, view: picture(channel, world) }))
      pictures.replaceChildren(...cameras.map(({ view }) => view.element))
    }
    const hasPicture = cameras.length > 0
    const hasSound = next.sound !== null || next.voice !== null
    const hasFigure = next.figure !== 'none'
    // Events stand where there is room: under the picture, or beside it where no head is.
    const eventsBeside = hasFigure && next.robot === null
    const inScene = [
      nothing.element,
      camera.element,
      ...(hasPicture ? [pictures] : []),
      ...(hasSound ? [sound.element] : []),
      words.element,
      facts.element,
      ...(eventsBeside ? [] : [events.element]),
    ]
    const inTold = [
      ...(hasFigure ? [figure.element] : []),
      ...(next.robot === null ? [] : [robot.element]),
      ...(eventsBeside ? [events.element] : []),
    ]
    seen.replaceChildren(...inScene)
    placeSaving()
    told.replaceChildren(...inTold)
    told.hidden = inTold.length === 0
    setData(main, 'picture', hasPicture ? '' : null)
    setData(main, 'robot', next.robot === null ? null : '')
    setData(main, 'alone', told.hidden ? '' : null)
    views = [
      nothing,
      camera,
      ...(hasFigure ? [figure] : []),
      ...(next.robot === null ? [] : [robot]),
      ...cameras.map(({ view }) => view),
      ...(hasSound ? [sound] : []),
      words,
      facts,
      events,
      graph,
      config,
      keys,
    ]
  }

  return {
    element: root,
    offerPicture(channel, message) {
      cameras.find(({ index }) => index === channel)?.view.offer(message)
    },
    update(scene: Scene) {
      // A run without channels has the shape of none, and its pipeline all the same.
      if (!arranged || !sameShape(scene.shape, shape)) arrange(scene.shape)
      top.update?.(scene)
      notice.update?.(scene)
      message.update?.(scene)
      saving.update?.(scene)
      const known = scene.page.known.is === 'greeted' || scene.page.known.is === 'told'
      main.hidden = !known
      setData(root, 'frozen', scene.situation.frozen ? '' : null)
      if (known) for (const view of views) view.update?.(scene)
    },
    frame(scene: Scene) {
      for (const view of views) view.frame?.(scene)
    },
  }
}
