"""Writes tests/data/golden/*.json: what each model finds, by ONNX Runtime in Python with the reference way before and after it.

    pip install onnxruntime opencv-python-headless numpy
    SACCADE_MODELS=FOLDER python tests/golden/write_golden.py

Needs FFmpeg. A model that is neither in models/ nor in FOLDER is left as it is. Nothing here comes from the TypeScript side:
resizing is OpenCV's, decoding and suppression are written after the models' own projects (named at each).
"""
import base64
import hashlib
import json
import os
import subprocess
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

root = Path(__file__).resolve().parents[2]
data = root / 'tests' / 'data'
folders = [root / 'models', Path(os.environ.get('SACCADE_MODELS', root / 'models'))]
frames = [0, 40, 90]


def demo_frame(number):
    """A frame of the demo as RGB, from its own planes: BT.601, limited range, chroma by its nearest sample, rounded."""
    words = ['-v', 'error', '-i', str(root / 'media/demo.mp4'), '-vf', f'select=eq(n\\,{number})', '-frames:v', '1']
    words += ['-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-']
    planes = np.frombuffer(subprocess.run(['ffmpeg', *words], capture_output=True, check=True).stdout, np.uint8)
    luma = planes[: 1280 * 720].reshape(720, 1280).astype(np.float64)
    cb, cr = planes[1280 * 720 :].reshape(2, 360, 640).repeat(2, 1).repeat(2, 2).astype(np.float64)
    y = (luma - 16) * 255 / 219
    u = (cb - 128) * 255 / 224
    v = (cr - 128) * 255 / 224
    rgb = np.stack([y + 1.402 * v, y - 0.344136 * u - 0.714136 * v, y + 1.772 * u], axis=2)
    return np.floor(np.clip(rgb, 0, 255) + 0.5).astype(np.uint8)


def pictures():
    named = {f'demo-{number}': demo_frame(number) for number in frames}
    for name in ['cat', 'cup']:
        named[name] = cv2.imread(str(data / 'pictures' / f'{name}.png'))[:, :, ::-1].copy()
    return named


def open_model(name):
    file = next((folder / f'{name}.onnx' for folder in folders if (folder / f'{name}.onnx').exists()), None)
    if file is None:
        print(f'{name}: left as it is, as there is no {name}.onnx in models/ or SACCADE_MODELS')
        return None, None
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = ort.InferenceSession(str(file), options, providers=['CPUExecutionProvider'])
    return session, hashlib.sha256(file.read_bytes()).hexdigest()


def area_in_middle(rgb, size):
    height, width = rgb.shape[:2]
    fit = min(size / width, size / height)
    to = max(1, int(np.floor(width * fit + 0.5))), max(1, int(np.floor(height * fit + 0.5)))
    return to, ((size - to[0]) // 2, (size - to[1]) // 2)


def padded(resized, size, left, top, border, kind):
    square = np.full((size, size, 3), border, kind)
    square[top : top + resized.shape[0], left : left + resized.shape[1]] = resized
    return square


def iou(box, boxes):
    """Of boxes as x1, y1, x2, y2."""
    across = np.minimum(box[2], boxes[:, 2]) - np.maximum(box[0], boxes[:, 0])
    down = np.minimum(box[3], boxes[:, 3]) - np.maximum(box[1], boxes[:, 1])
    both = np.clip(across, 0, None) * np.clip(down, 0, None)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return both / ((box[2] - box[0]) * (box[3] - box[1]) + area - both)


def class_aware_nms(boxes, scores, classes, most_iou):
    """torchvision.ops.batched_nms, as YOLOX and Ultralytics use it: classes are moved apart, then one greedy pass."""
    apart = boxes + (classes * (boxes.max(initial=0) + 1))[:, None]
    order = np.argsort(-scores, kind='stable')
    kept = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(best)
        order = rest[iou(apart[best], apart[rest]) <= most_iou]
    return kept


def as_found(boxes, scores, classes, kept, labels):
    return [
        {'label': labels[int(classes[i])], 'score': float(scores[i]), 'boxPx': xywh(boxes[i]), 'keypointsPx': []}
        for i in kept
    ]


def xywh(box):
    return [float(box[0]), float(box[1]), float(box[2] - box[0]), float(box[3] - box[1])]


def coco_labels():
    text = (root / 'src/vision/coco-labels.ts').read_text()
    return [part.strip(" '") for line in text.split('...[')[1:] for part in line.split(']')[0].split(',')]


def blazeface(session, rgb, min_score):
    """MediaPipe: tensors_to_detections_calculator and weighted non_max_suppression_calculator (min_suppression_threshold 0.3)."""
    (width, height), (left, top) = area_in_middle(rgb, 256)
    shrink = rgb.shape[1] / width
    # At a whole shrinking INTER_AREA is the plain mean of each block.
    way = cv2.INTER_AREA if shrink >= 2 else cv2.INTER_LINEAR
    square = padded(cv2.resize(rgb.astype(np.float32), (width, height), interpolation=way), 256, left, top, 0, np.float32)
    near, far, near_values, far_values = session.run(
        ['Identity:0', 'Identity_1:0', 'Identity_2:0', 'Identity_3:0'], {'input:0': square[None] / np.float32(127.5) - 1}
    )
    logits = np.concatenate([near[0, :, 0], far[0, :, 0]]).astype(np.float64)
    values = np.concatenate([near_values[0], far_values[0]]).astype(np.float64)
    anchors = []
    for cells, each in [(16, 2), (8, 6)]:
        for row in range(cells):
            for column in range(cells):
                anchors += [((column + 0.5) / cells * 256, (row + 0.5) / cells * 256)] * each
    anchors = np.array(anchors)
    scores = 1 / (1 + np.exp(-np.clip(logits, -100, 100)))
    chosen = np.flatnonzero(scores >= min_score)
    scores, values, anchors = scores[chosen], values[chosen], anchors[chosen]
    to_source = np.array([rgb.shape[1] / width, rgb.shape[0] / height])
    middle = (values[:, :2] + anchors - [left, top]) * to_source
    sizes = values[:, 2:4] * to_source
    points = (values[:, 4:].reshape(-1, 6, 2) + anchors[:, None] - [left, top]) * to_source
    boxes = np.concatenate([middle - sizes / 2, middle + sizes / 2], axis=1)
    found = []
    order = np.argsort(-scores, kind='stable')
    while len(order):
        best = order[0]
        heap = order[(iou(boxes[best], boxes[order]) > 0.3) | (order == best)]
        weight = scores[heap] / scores[heap].sum()
        box = (boxes[heap] * weight[:, None]).sum(0)
        keypoints = (points[heap] * weight[:, None, None]).sum(0)
        found.append({'label': 'face', 'score': float(scores[best]), 'boxPx': xywh(box), 'keypointsPx': keypoints.tolist()})
        order = order[~np.isin(order, heap)]
    return found


def yolox(session, rgb, min_score, most_iou=0.45):
    """YOLOX: `preproc` (data_augment.py), `demo_postprocess` (demo_utils.py), `postprocess` (boxes.py)."""
    height, width = rgb.shape[:2]
    ratio = min(416 / height, 416 / width)
    resized = cv2.resize(rgb[:, :, ::-1], (int(width * ratio), int(height * ratio)), interpolation=cv2.INTER_LINEAR)
    square = padded(resized, 416, 0, 0, 114, np.uint8)
    (answer,) = session.run(None, {'images': square.transpose(2, 0, 1)[None].astype(np.float32)})
    rows = answer[0].astype(np.float64)
    cells, strides = [], []
    for stride in [8, 16, 32]:
        side = 416 // stride
        across, down = np.meshgrid(np.arange(side), np.arange(side))
        cells.append(np.stack([across, down], 2).reshape(-1, 2))
        strides.append(np.full((side * side, 1), stride))
    cells, strides = np.concatenate(cells), np.concatenate(strides)
    middle, sizes = (rows[:, :2] + cells) * strides, np.exp(rows[:, 2:4]) * strides
    boxes = np.concatenate([middle - sizes / 2, middle + sizes / 2], axis=1) / ratio
    classes = rows[:, 5:].argmax(1)
    scores = rows[:, 4] * rows[:, 5:].max(1)
    enough = scores >= min_score
    boxes, scores, classes = boxes[enough], scores[enough], classes[enough]
    return as_found(boxes, scores, classes, class_aware_nms(boxes, scores, classes, most_iou), coco_labels())


def centernet(session, rgb, min_score, most_iou=0.45):
    (width, height), (left, top) = area_in_middle(rgb, 512)
    square = padded(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_LINEAR), 512, left, top, 0, np.uint8)
    (rows,) = session.run(['tower_0/detections'], {'tower_0/images': square[None].astype(np.float32)})
    rows = rows[0].astype(np.float64)
    rows = rows[rows[:, 4] >= min_score]
    to_source = np.array([rgb.shape[1] / width, rgb.shape[0] / height] * 2)
    boxes = (rows[:, :4] - [left, top, left, top]) * to_source
    kept = class_aware_nms(boxes, rows[:, 4], rows[:, 5], most_iou)
    return as_found(boxes, rows[:, 4], rows[:, 5], kept, coco_labels())


def movenet(session, rgb, min_score):
    """TensorFlow Hub's guide to MoveNet: resize_with_pad, then y, x, score of each keypoint."""
    (width, height), (left, top) = area_in_middle(rgb, 192)
    square = padded(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_LINEAR), 192, left, top, 0, np.uint8)
    (answer,) = session.run(None, {'input': square[None].astype(np.int32)})
    points = answer[0, 0].astype(np.float64)
    to_source = np.array([rgb.shape[1] / width, rgb.shape[0] / height])
    places = (points[:, 1::-1] * 192 - [left, top]) * to_source
    seen = points[:, 2] >= min_score
    if seen.sum() < 4:
        return []
    box = np.concatenate([places[seen].min(0), places[seen].max(0)])
    return [
        {
            'label': 'person',
            'score': float(points[seen, 2].mean()),
            'boxPx': xywh(box),
            'keypointsPx': places.tolist(),
            'keypointScores': points[:, 2].tolist(),
        }
    ]


def noise(seed, count):
    """What tests/vision/pictures.ts makes of a seed (mulberry32)."""
    t = (np.uint32(seed) + np.arange(count, dtype=np.uint32) * np.uint32(0x6D2B79F5)).astype(np.uint32)
    t = (t ^ (t >> np.uint32(15))) * (t | np.uint32(1))
    t = t ^ (t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61)))
    return ((t ^ (t >> np.uint32(14))) & np.uint32(255)).astype(np.uint8)


def resized_noise():
    """OpenCV's INTER_LINEAR of bytes, shrunk and enlarged, at even and odd sizes."""
    cases = []
    for seed, (width, height), to in [
        (1, (64, 40), (32, 20)),
        (2, (100, 57), (32, 18)),
        (3, (31, 45), (22, 32)),
        (4, (20, 11), (32, 18)),
        (5, (9, 9), (32, 32)),
        (6, (150, 3), (32, 1)),
    ]:
        rgb = noise(seed, width * height * 3).reshape(height, width, 3)
        resized = cv2.resize(rgb, to, interpolation=cv2.INTER_LINEAR)
        cases.append({'seed': seed, 'from': [width, height], 'to': list(to), 'base64': base64.b64encode(resized).decode()})
    return {'by': f'opencv {cv2.__version__}', 'cases': cases}


def suppressed():
    """A raw output of YOLOv8, [1, 4 + 3, 300], made of noise; which of its columns OpenCV's own suppression keeps, best first."""
    columns = noise(7, 9 * 300).reshape(9, 300).astype(np.float64)
    middle = columns[:2] / 255 * 64
    sizes = 4 + columns[2:4] / 255 * 24
    scores = (columns[4:7] * 256 + columns[6:9]) / 65535
    boxes = np.concatenate([middle - sizes / 2, sizes]).T
    best, classes = scores.max(0).astype(np.float32), scores.argmax(0)
    kept = cv2.dnn.NMSBoxesBatched(boxes.tolist(), best.tolist(), classes.tolist(), 0.5, 0.45)
    return {'by': f'opencv {cv2.__version__}', 'kept': [int(i) for i in np.asarray(kept).reshape(-1)]}


def rounded(value):
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return {name: rounded(one) for name, one in value.items()} if isinstance(value, dict) else value


(data / 'golden' / 'resized.json').write_text(json.dumps(resized_noise(), separators=(',', ':')) + '\n')
(data / 'golden' / 'suppressed.json').write_text(json.dumps(suppressed(), separators=(',', ':')) + '\n')

for name, find, min_score in [
    ('blazeface-256', blazeface, 0.5),
    ('yolox-nano', yolox, 0.3),
    ('centernet', centernet, 0.3),
    ('movenet-lightning', movenet, 0.3),
]:
    session, sha256 = open_model(name)
    if session is None:
        continue
    answers = {picture: find(session, rgb, min_score) for picture, rgb in pictures().items()}
    by = f'onnxruntime {ort.__version__}, opencv {cv2.__version__}'
    golden = {'model': name, 'sha256': sha256, 'by': by, 'minScore': min_score, 'found': answers}
    (data / 'golden' / f'{name}.json').write_text(json.dumps(rounded(golden), separators=(',', ':')) + '\n')
    print(name, {picture: [(one['label'], round(one['score'], 3)) for one in found] for picture, found in answers.items()})
