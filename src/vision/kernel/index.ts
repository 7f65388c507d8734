// AssemblyScript, compiled by scripts/kernel.mjs to WebAssembly with SIMD: rows of pictures → rows of a tensor. Nothing is allocated
// here: addresses are given by whoever calls (src/vision/kernel.ts). Loops take whole vectors: they read up to 48 bytes behind a
// row, and write as many behind one that is no tensor's, so that rows lie apart by that much.
export { doubled, parted, picked, plain } from './plain'
export { meanOfOne, meanOfThree, sumRows } from './mean'
export { linearOfOne, linearOfThree, mixRows } from './linear'
export { bytesAcross, bytesDown } from './linear-bytes'
export { coloursToPixels, coloursToPlanes, levelsToPixels, levelsToPlanes } from './write'
