import type { Joints } from './joints.js'
import { poseToMatrix } from './matrix.js'
import type { Matrix4 } from './matrix.js'
import { toPlatform } from './platform.js'
import { neutralPose } from './pose.js'
import type { HeadPose } from './pose.js'
import { solveJoints } from './inverse-kinematics.js'
import { armTips, emptyRods, measureRods } from './rods.js'

/**
 * How firmly the legs hold the head at a pose: 1 at neutral, 0 where they hold it no more, negative on the far side.
 *
 * No unit: the determinant of the rods' Jacobian over its value at neutral. Where it passes 0 the platform is singular: the
 * head gives way, and the same joints hold a pose on either side of it, so that neither robot nor solver knows which. Of
 * random poses within the servos' limits 13 % lie beyond it: mostly far back (pitch < −40°), or turned and tilted at once.
 */
export function firmness(head: HeadPose | Matrix4, { bodyYawRad, stewartRad }: Joints): number {
  return rodDeterminant(head, bodyYawRad, stewartRad) / neutralDeterminant
}

const scratch = emptyRods()

function rodDeterminant(head: HeadPose | Matrix4, bodyYawRad: number, stewartRad: Joints['stewartRad']): number {
  const platform = toPlatform('xM' in head ? poseToMatrix(head) : head, bodyYawRad)
  measureRods(platform, armTips(stewartRad), scratch)
  return determinant(scratch.jacobian)
}

/** Gauss with the largest pivot; the 6x6 matrix is used up. */
function determinant(matrix: Float64Array): number {
  let product = 1
  for (let column = 0; column < 6; column++) {
    const pivot = largestRow(matrix, column)
    if (pivot !== column) {
      swapRows(matrix, pivot, column)
      product = -product
    }
    const head = at(matrix, column, column)
    if (head === 0) return 0
    product *= head
    for (let row = column + 1; row < 6; row++) {
      const factor = at(matrix, row, column) / head
      for (let j = column; j < 6; j++) matrix[row * 6 + j] = at(matrix, row, j) - factor * at(matrix, column, j)
    }
  }
  return product
}

function largestRow(matrix: Float64Array, column: number): number {
  let largest = column
  for (let row = column + 1; row < 6; row++) {
    if (Math.abs(at(matrix, row, column)) > Math.abs(at(matrix, largest, column))) largest = row
  }
  return largest
}

function swapRows(matrix: Float64Array, a: number, b: number): void {
  for (let j = 0; j < 6; j++) {
    const kept = at(matrix, a, j)
    matrix[a * 6 + j] = at(matrix, b, j)
    matrix[b * 6 + j] = kept
  }
}

function at(matrix: Float64Array, row: number, column: number): number {
  return matrix[row * 6 + column] ?? NaN
}

const neutralDeterminant = determinantAtNeutral()

function determinantAtNeutral(): number {
  const solution = solveJoints(neutralPose, { bodyYawRad: 0 })
  return solution.reachable ? rodDeterminant(neutralPose, 0, solution.joints.stewartRad) : NaN
}
