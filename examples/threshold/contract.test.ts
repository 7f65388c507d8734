import { conforms } from 'saccade/testing'
import { test } from 'vitest'
import { threshold } from './threshold.js'

test('threshold keeps the contract', () => conforms(threshold))
