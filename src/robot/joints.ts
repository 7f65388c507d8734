/** Six of something: one for each leg, stewart_1 to stewart_6. */
export type Six<T> = readonly [T, T, T, T, T, T]

/** The motors that carry the head, in radians: the body's turn, and the six arms of the Stewart platform. */
export type Joints = {
  readonly bodyYawRad: number
  readonly stewartRad: Six<number>
}
