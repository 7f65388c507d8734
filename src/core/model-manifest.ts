import { z } from 'zod'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
const dims = z.array(z.int().min(0).nullable()).describe('null where the model leaves a size open')
const tensor = z.strictObject({ name: z.string(), type: z.string().describe('float32, int32, int64 …'), dims })

/** How a picture is written into a tensor; what is left out is the decoder's own way. */
const picture = z.strictObject({
  layout: z.enum(['nhwc', 'nchw']).optional(),
  order: z.enum(['rgb', 'bgr']).optional().describe('which colour comes first'),
  range: z.tuple([z.number(), z.number()]).optional().describe('what black and white become'),
  border: z.number().min(0).max(255).optional().describe('what lies around the picture, as a level of 0 to 255'),
  fit: z
    .enum(['middle', 'corner', 'stretch'])
    .optional()
    .describe('where the picture lies: in the middle, in the left top corner, or over all, its shape not kept'),
  resize: z
    .enum(['linear', 'mean'])
    .optional()
    .describe('linear: between four neighbours, as OpenCV does it to bytes; mean: no pixel is skipped'),
})

/** Where a file comes from: an address, or a file in a package of a pinned version. */
const origin = z.union([
  z.strictObject({ address: z.url() }),
  z.strictObject({ npm: z.string(), version: z.string(), file: z.string() }),
  z.strictObject({ pypi: z.string(), version: z.string(), file: z.string() }),
])

/**
 * What is to be known of a model's file before it is loaded: kept as data in `models/NAME.json`, or beside a file of the
 * user's own (`mine.json` for `mine.onnx`).
 */
export const modelManifest = z.strictObject({
  name: z.string(),
  version: z.string(),
  about: z.string().describe('one line'),
  licence: z.string().describe('SPDX, or in words where the right is not certain'),
  origin: origin.optional(),
  converted: z
    .string()
    .optional()
    .describe('what was done to the origin’s file to make this one; else it is that file'),
  sha256: sha256.optional(),
  bytes: z.int().positive().optional(),
  inputs: z.array(tensor.extend({ picture: picture.optional() })),
  outputs: z.array(tensor),
  decoder: z.enum(['blazeface', 'silero', 'yolox', 'yolov8', 'nms-inside', 'movenet']),
  labels: z
    .union([z.literal('coco-80'), z.array(z.string().min(1)).min(1)])
    .optional()
    .describe('names of the classes, in the model’s order'),
})

export type ModelManifest = z.output<typeof modelManifest>
/** How a picture is written into a tensor. */
export type PictureWay = z.output<typeof picture>
