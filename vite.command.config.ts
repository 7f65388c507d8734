import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/**
 * The command line of what tsc built, as one file: `--mode main` for what starts at once, `--mode command` for the rest.
 * Addresses relative to the file hold, as it lies where the module lay.
 */
export default defineConfig(({ mode }) => ({
  resolve: { alias: { '#adapters': fileURLToPath(new URL('dist/adapters/node.js', import.meta.url)) } },
  ssr: {
    noExternal: true,
    external: ['onnxruntime-node', '@julusian/jpeg-turbo', '@ffmpeg/core', 'opusscript', 'selfsigned'],
  },
  build: {
    ssr: `dist/cli/${mode}.js`,
    outDir: 'dist/.command',
    emptyOutDir: false,
    target: 'node20',
    minify: false,
    // CommonJS: V8 keeps what it compiled of a script, not of a module, and Node starts it without its loader of modules.
    rolldownOptions: { output: { format: 'cjs', entryFileNames: `${mode}.cjs`, codeSplitting: false } },
  },
}))
