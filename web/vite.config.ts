import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/**
 * Builds the page: `npx vite build web`. All addresses are relative, so that a run can be mounted under any path; nothing
 * is inlined, so that the page lives under a strict content security policy.
 */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  publicDir: false,
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // For work on the page: `npx vite web` beside a running pipeline.
  server: { proxy: { '/ws': { target: 'ws://127.0.0.1:4747', ws: true } } },
})
