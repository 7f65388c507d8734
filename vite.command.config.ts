import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/** The command line as one file, from what tsc built. Addresses relative to the file hold, as it lies where command.js lay. */
export default defineConfig({
  resolve: { alias: { '#adapters': fileURLToPath(new URL('dist/adapters/node.js', import.meta.url)) } },
  ssr: { noExternal: true, external: ['onnxruntime-node', '@julusian/jpeg-turbo', '@ffmpeg/core', 'opusscript'] },
  build: {
    ssr: 'dist/cli/command.js',
    outDir: 'dist/.command',
    target: 'node20',
    minify: false,
    rolldownOptions: { output: { entryFileNames: 'command.js', codeSplitting: false } },
  },
})
