import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { folderOf } from '../../adapters/package-files.js'
import { registryTools } from '../../adapters/pull-registry.js'
import { SaccadeError } from '../../core/errors.js'

const install = 'python3 -m pip install onnxruntime onnx'

/** The versions of ONNX Runtime and ONNX in Python. @throws SaccadeError `missing`, with what to install */
export async function checkPython(): Promise<{ readonly onnxruntime: string; readonly onnx: string }> {
  const { code, stdout, stderr } = await runScript(['--check'])
  // Written by models/quantize.py.
  const found = code === 0 ? (JSON.parse(stdout) as Record<'onnxruntime' | 'onnx', string | null>) : null
  if (found === null) {
    const { python } = registryTools()
    throw new SaccadeError(`cannot quantize: ${python} does not run ONNX Runtime’s own tool: ${lastLine(stderr)}`, {
      code: 'missing',
      remedy: `name a Python 3 in PYTHON, and in it ${install}`,
    })
  }
  const { onnxruntime, onnx } = found
  if (onnxruntime !== null && onnx !== null) return { onnxruntime, onnx }
  const lacking = [...(onnxruntime === null ? ['onnxruntime'] : []), ...(onnx === null ? ['onnx'] : [])]
  throw new SaccadeError(`cannot quantize: Python (${registryTools().python}) has no ${lacking.join(' and no ')}`, {
    code: 'missing',
    remedy: `install what is missing: ${install}; or name a Python that has it in PYTHON`,
  })
}

/**
 * Carries out a job that is written as JSON.
 *
 * @returns whether weights have a scale for each channel
 * @throws SaccadeError `missing`, `model` with what the tool said last
 */
export async function runQuantizer(job: string): Promise<boolean> {
  const { code, stdout, stderr } = await runScript([job])
  if (code !== 0) {
    throw new SaccadeError(`ONNX Runtime’s tool cannot quantize the model: ${lastLine(stderr)}`, {
      code: 'model',
      remedy: 'try it with --static, or without it; not every model can be quantized',
      cause: stderr,
    })
  }
  // Its last line is JSON; ONNX Runtime's own words stand before it.
  return /"perChannel": true/.test(stdout.trim().split('\n').at(-1) ?? '')
}

function runScript(words: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { python } = registryTools()
  return new Promise((resolve, reject) => {
    const child = spawn(python, [join(folderOf('models'), 'quantize.py'), ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-4000)))
    child.on('error', (cause) => {
      reject(
        new SaccadeError(`cannot quantize: there is no ${python}, and ONNX Runtime’s own tool is one of Python’s`, {
          code: 'missing',
          remedy: `install Python 3, then ${install}; or name a Python that has it in PYTHON`,
          cause,
        }),
      )
    })
    child.on('close', (code) => {
      resolve({ code, stdout, stderr })
    })
  })
}

/** What the tool said last is why it failed. */
function lastLine(said: string): string {
  return (said.trim().split('\n').at(-1) ?? '').slice(0, 300) || 'it says nothing'
}
