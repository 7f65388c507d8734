"""OpenCV and ONNX Runtime in a plain Python loop, as one writes it: frame in hand -> boxes, or decoding too.

Argument: one JSON object: model (file), kind (faces or objects), frames (raw rgb24) or clip. Measures by turns: a line of
JSON asks for fps (0: flat out), forMs and settleMs (before it counts).
"""
import json
import resource
import sys
import time

import cv2
import numpy as np
import onnxruntime as ort

told = json.loads(sys.argv[1])
cv2.setNumThreads(1)
options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.log_severity_level = 4
session = ort.InferenceSession(told["model"], options, providers=["CPUExecutionProvider"])
label = session.get_inputs()[0].name


def nms(boxes, scores, most):
    order = np.argsort(-scores)
    kept = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(best)
        both = np.clip(np.minimum(boxes[best, 2:], boxes[rest, 2:]) - np.maximum(boxes[best, :2], boxes[rest, :2]), 0, None).prod(1)
        area = (boxes[:, 2:] - boxes[:, :2]).prod(1)
        order = rest[both / (area[best] + area[rest] - both) <= most]
    return boxes[kept]


def anchors_of(*grids):
    rows = []
    for cells, each in grids:
        for y in range(cells):
            for x in range(cells):
                rows += [((x + 0.5) / cells * 256, (y + 0.5) / cells * 256)] * each
    return np.array(rows, np.float32)


anchors = anchors_of((16, 2), (8, 6))
square = np.zeros((256, 256, 3), np.uint8)


def faces(rgb):
    height, width = rgb.shape[:2]
    ratio = 256 / max(height, width)
    small = cv2.resize(rgb, (round(width * ratio), round(height * ratio)), interpolation=cv2.INTER_LINEAR)
    top, left = (256 - small.shape[0]) // 2, (256 - small.shape[1]) // 2
    square[top : top + small.shape[0], left : left + small.shape[1]] = small
    near, far, near_values, far_values = session.run(
        ["Identity:0", "Identity_1:0", "Identity_2:0", "Identity_3:0"], {label: square[None].astype(np.float32) / 127.5 - 1}
    )
    logits = np.concatenate([near[0, :, 0], far[0, :, 0]])
    chosen = np.flatnonzero(logits > 0.62)
    values = np.concatenate([near_values[0], far_values[0]])[chosen]
    middle = values[:, :2] + anchors[chosen]
    boxes = np.concatenate([middle - values[:, 2:4] / 2, middle + values[:, 2:4] / 2], 1)
    return nms((boxes - [left, top, left, top]) / ratio, 1 / (1 + np.exp(-logits[chosen])), 0.3)


cells, strides = [], []
for stride in (8, 16, 32):
    side = 416 // stride
    across, down = np.meshgrid(np.arange(side), np.arange(side))
    cells.append(np.stack([across, down], 2).reshape(-1, 2))
    strides.append(np.full((side * side, 1), stride))
cells, strides = np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32)
padded = np.full((416, 416, 3), 114, np.uint8)


def objects(rgb):
    height, width = rgb.shape[:2]
    ratio = min(416 / height, 416 / width)
    small = cv2.resize(rgb, (int(width * ratio), int(height * ratio)), interpolation=cv2.INTER_LINEAR)
    padded[: small.shape[0], : small.shape[1]] = small
    (answer,) = session.run(None, {label: padded.transpose(2, 0, 1)[None].astype(np.float32)})
    rows = answer[0]
    classes = rows[:, 5:].argmax(1)
    scores = rows[:, 4] * rows[np.arange(len(rows)), 5 + classes]
    chosen = scores >= 0.35
    rows, scores, classes = rows[chosen], scores[chosen], classes[chosen]
    middle, sizes = (rows[:, :2] + cells[chosen]) * strides[chosen], np.exp(rows[:, 2:4]) * strides[chosen]
    boxes = np.concatenate([middle - sizes / 2, middle + sizes / 2], 1) / ratio
    return nms(boxes + classes[:, None] * 4096, scores, 0.45)


find = faces if told["kind"] == "faces" else objects
if "clip" in told:
    capture = cv2.VideoCapture(told["clip"])

    def frame(n):
        ok, bgr = capture.read()
        if not ok:
            capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            ok, bgr = capture.read()
        return bgr if told["kind"] == "objects" else cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
else:
    raw = told["frames"]
    every = np.fromfile(raw["file"], np.uint8).reshape(-1, raw["height"], raw["width"], 3)

    def frame(n):
        return every[n % len(every)]


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure(fps, forMs, settleMs):
    samples, start, used = [], time.monotonic(), None
    settled = start + settleMs / 1000
    n = 0
    while time.monotonic() < settled + forMs / 1000:
        if fps:
            left = start + n / fps - time.monotonic()
            if left > 0:
                time.sleep(left)
        counts = time.monotonic() > settled
        if counts and used is None:
            used = cpu()
        rgb = frame(n)
        began = time.perf_counter()
        find(rgb)
        if counts:
            samples.append((time.perf_counter() - began) * 1000)
        n += 1
    return {
        "samples": samples,
        "perSecond": len(samples) * 1000 / forMs,
        "cpuMsPerFrame": (cpu() - used) * 1000 / len(samples),
        "version": f"OpenCV {cv2.__version__}, ONNX Runtime {ort.__version__}",
    }


for line in sys.stdin:
    print(json.dumps(measure(**json.loads(line))), flush=True)
