const size = 6

/**
 * The step ξ that best undoes six errors e through a 6x6 Jacobian J: (JᵀJ + λ²I)·ξ = Jᵀe.
 *
 * J is row-major, 36 numbers; e and the answer are 6. Levenberg's damping λ makes the matrix positive definite, so that a
 * singular J gives a finite step and needs no case of its own. Solved by Gauss without pivots, which is stable for such.
 */
export function dampedStep(jacobian: Float64Array, error: Float64Array, damping: number): Float64Array {
  const normal = new Float64Array(size * size)
  const step = new Float64Array(size)
  for (let i = 0; i < size; i++) {
    step[i] = columnProduct(jacobian, i, error, 0, 1)
    for (let j = 0; j <= i; j++) {
      const product = columnProduct(jacobian, i, jacobian, j, size)
      normal[i * size + j] = product
      normal[j * size + i] = product
    }
    normal[i * size + i] = at(normal, i * size + i) + damping * damping
  }
  eliminate(normal, step)
  substituteBack(normal, step)
  return step
}

/** A column of J times another column, which starts at `from` and goes on every `stride` numbers. */
function columnProduct(jacobian: Float64Array, i: number, other: Float64Array, from: number, stride: number): number {
  let sum = 0
  for (let row = 0; row < size; row++) sum += at(jacobian, row * size + i) * at(other, row * stride + from)
  return sum
}

function eliminate(normal: Float64Array, step: Float64Array): void {
  for (let pivot = 0; pivot < size; pivot++) {
    for (let row = pivot + 1; row < size; row++) {
      const factor = at(normal, row * size + pivot) / at(normal, pivot * size + pivot)
      for (let j = pivot; j < size; j++) {
        normal[row * size + j] = at(normal, row * size + j) - factor * at(normal, pivot * size + j)
      }
      step[row] = at(step, row) - factor * at(step, pivot)
    }
  }
}

function substituteBack(normal: Float64Array, step: Float64Array): void {
  for (let row = size - 1; row >= 0; row--) {
    let rest = at(step, row)
    for (let j = row + 1; j < size; j++) rest -= at(normal, row * size + j) * at(step, j)
    step[row] = rest / at(normal, row * size + row)
  }
}

function at(numbers: Float64Array, index: number): number {
  return numbers[index] ?? NaN
}
