/** A picture, how large its JPEG is to be, and how good, 0 … 1. */
export type ToJpeg = {
  readonly bitmap: ImageBitmap
  readonly sizePx: readonly [number, number]
  readonly quality: number
}

let canvas: OffscreenCanvas | null = null

async function encode({ bitmap, sizePx: [width, height], quality }: ToJpeg): Promise<ArrayBuffer> {
  if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d', { alpha: false })?.drawImage(bitmap, 0, 0, width, height)
  bitmap.close()
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality })
  return blob.arrayBuffer()
}

// Answers each picture with its JPEG, or with null where it could not be made.
addEventListener('message', ({ data }: MessageEvent<ToJpeg>) => {
  encode(data).then(
    (jpeg) => {
      postMessage(jpeg, { transfer: [jpeg] })
    },
    () => {
      postMessage(null)
    },
  )
})
