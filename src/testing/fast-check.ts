// The one file that imports fast-check, an optional peer of the package: whoever proves, installs it.
export { default as fc } from 'fast-check'
