import js from '@eslint/js'
import tseslint from 'typescript-eslint'

/** What each floor may not reach: imports go down only, and rooms on one floor do not know each other. */
const rooms = {
  core: ['adapters', 'robot', 'vision', 'audio', 'streams', 'operators', 'sinks', 'engine', 'testing', 'client', 'cli'],
  adapters: ['robot', 'vision', 'audio', 'streams', 'operators', 'sinks', 'engine', 'testing', 'client', 'cli'],
  robot: ['adapters', 'vision', 'audio', 'streams', 'operators', 'sinks', 'engine', 'testing', 'client', 'cli'],
  vision: ['adapters', 'robot', 'audio', 'streams', 'operators', 'sinks', 'engine', 'testing', 'client', 'cli'],
  audio: ['adapters', 'robot', 'vision', 'streams', 'operators', 'sinks', 'engine', 'testing', 'client', 'cli'],
  streams: ['adapters', 'operators', 'sinks', 'engine', 'testing', 'client', 'cli'],
  operators: ['adapters', 'streams', 'sinks', 'engine', 'testing', 'client', 'cli'],
  sinks: ['adapters', 'streams', 'operators', 'engine', 'testing', 'client', 'cli'],
  engine: ['testing', 'client', 'cli'],
  testing: ['engine', 'client', 'cli'],
  client: ['robot', 'vision', 'audio', 'streams', 'operators', 'sinks', 'engine', 'testing', 'cli'],
}

const nodeGlobals = ['process', 'Buffer', 'setTimeout', 'setInterval', 'setImmediate', 'performance', 'Date']

const floors = Object.entries(rooms).map(([room, closed]) => ({
  files: [`src/${room}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^\\.\\./(${closed.join('|')})/`,
            message: `src/${room} may not know this room: imports go down only`,
          },
          ...(room === 'adapters'
            ? []
            : [{ group: ['node:*'], message: 'node: modules are for adapters and the command line' }]),
        ],
      },
    ],
    ...(room === 'adapters'
      ? {}
      : {
          'no-restricted-globals': [
            'error',
            ...nodeGlobals.map((name) => ({
              name,
              message: 'for adapters and the command line: time comes from the clock',
            })),
          ],
        }),
  },
}))

export default tseslint.config(
  {
    ignores: [
      'dist',
      'coverage',
      '.stryker-tmp',
      'node_modules',
      'media',
      'models',
      'docs',
      'web/dist',
      'src/vision/kernel',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
    },
  },
  ...floors,
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        performance: 'readonly',
        setTimeout: 'readonly',
        setImmediate: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        Buffer: 'readonly',
        SharedArrayBuffer: 'readonly',
        Atomics: 'readonly',
        fetch: 'readonly',
        WebSocket: 'readonly',
        document: 'readonly',
      },
    },
  },
)
