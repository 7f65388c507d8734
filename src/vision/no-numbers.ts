import { SaccadeError } from '../core/errors.js'

/** A model whose answer holds NaN, infinity or classes that it does not have. */
export function noNumbers(model: string, output: string): SaccadeError {
  return new SaccadeError(
    `cannot read what model ${model} answers as output ${output} must hold numbers, and classes that have a label: it does not (NaN, infinity or another class)`,
    {
      code: 'model',
      remedy:
        'use another file of it: its weights are broken, values overflow in it (float16, int8), or it was made with other labels',
    },
  )
}
