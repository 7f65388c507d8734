import './camera.css'
import { element, setData, setText } from '../dom/element.js'
import { helloOf, runOf } from '../logic/page-state.js'
import type { Scene, View } from '../views/view.js'
import { cameraWords, type CameraWords } from './camera-words.js'
import { devicePicker } from './device-picker.js'
import { Sender } from './sender.js'

/** Gives this browser's camera and microphone to a run that waits for them. In the picture's place, while there is none. */
export function cameraPanel(): View {
  const video = element('video', { class: 'camera-preview', attributes: { 'aria-hidden': 'true' } })
  const title = element('strong', { class: 'camera-title' })
  const text = element('span', { class: 'camera-text' })
  const words = element('div', { class: 'camera-words', attributes: { role: 'status' }, children: [title] })
  const button = element('button', { class: 'button camera-button', attributes: { type: 'button' } })
  const sender = new Sender(video)
  let scene: Scene | null = null
  let shown: CameraWords | null = null
  let wasOn = Sender.wasOn

  const camera = () => (scene === null ? null : (runOf(scene.page)?.camera ?? null))
  const mayGive = (): boolean => scene !== null && helloOf(scene.page)?.rights.control === true
  const use = (): void => {
    const wants = camera()
    // A run that reads nothing yet will say what it wants.
    const all = wants === null || (!wants.video && !wants.audio)
    void sender.start(all ? { video: true, audio: true } : wants, sender.chosen).finally(show)
    show()
  }
  const picker = devicePicker((chosen) => {
    void sender.start(camera() ?? { video: true, audio: true }, chosen).finally(show)
  })
  const root = element('div', {
    class: 'camera',
    children: [video, element('div', { class: 'camera-told', children: [words, text, picker.element] }), button],
  })
  button.addEventListener('click', () => {
    if (shown?.action?.does === 'stop') sender.stop()
    else use()
    show()
  })

  const show = (): void => {
    shown = cameraWords(sender.state, camera(), mayGive())
    root.hidden = shown === null
    picker.update(sender.stream, sender.chosen)
    if (shown === null) return
    setText(title, shown.title)
    setText(text, shown.text)
    setData(root, 'tone', shown.tone)
    setData(root, 'place', shown.inPlace ? '' : null)
    video.hidden = video.srcObject === null
    button.hidden = shown.action === null
    setText(button, shown.action?.label ?? '')
  }
  show()

  return {
    element: root,
    update(next) {
      scene = next
      // After a reload it goes on, once the run says that it still waits.
      if (wasOn && camera() !== null) {
        wasOn = false
        use()
      }
      show()
    },
  }
}
