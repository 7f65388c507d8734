"""Exports a YOLOv8 and a YOLO11 with random weights by their own tool, and says what its own suppression makes of two pictures.

Arguments: a folder to write to, then raw rgb24 pictures as FILE:WIDTHxHEIGHT. Prints JSON.
"""
import json
import os
import sys

os.environ.setdefault("YOLO_OFFLINE", "true")
import numpy as np
import onnxruntime as ort
import torch
from ultralytics import YOLO
from ultralytics.data.augment import LetterBox
from ultralytics.utils.nms import non_max_suppression
from ultralytics.utils.ops import scale_boxes

folder, *pictures = sys.argv[1:]
size, conf, iou = 320, 0.3, 0.45


def export(name, tensor):
    torch.manual_seed(7)
    model = YOLO(f"{name}.yaml")
    # Fresh weights give every place the same score and size: spread, so that there is something to find and to suppress.
    head = model.model.model[-1]
    for branches, wanted in [(head.cv3, 2.0), (head.cv2, 1.5)]:
        for branch in branches:
            last = branch[-1]
            torch.nn.init.normal_(last.weight, std=0.1)
            torch.nn.init.zeros_(last.bias)
            given = []
            hook = last.register_forward_hook(lambda _module, _input, output: given.append(output))
            with torch.no_grad():
                model.model.eval()(tensor)
            hook.remove()
            last.weight.data *= wanted / given[0].std()
            if branches is head.cv3:
                scaled = given[0] * (wanted / given[0].std())
                last.bias.data -= torch.quantile(scaled.flatten()[:1_000_000], 0.999)
    made = model.export(format="onnx", imgsz=size, simplify=False, verbose=False, opset=17)
    file = os.path.join(folder, f"{name}.onnx")
    os.replace(made, file)
    return file


def read(picture):
    path, shape = picture.rsplit(":", 1)
    width, height = map(int, shape.split("x"))
    rgb = np.fromfile(path, np.uint8).reshape(height, width, 3)
    boxed = LetterBox((size, size), auto=False)(image=rgb)
    tensor = boxed.transpose(2, 0, 1)[None].astype(np.float32) / 255
    return (height, width), tensor


def found(session, picture):
    (height, width), tensor = read(picture)
    (raw,) = session.run(None, {session.get_inputs()[0].name: tensor})
    (rows,) = non_max_suppression(torch.from_numpy(raw), conf, iou, max_det=300, max_time_img=60)
    rows[:, :4] = scale_boxes((size, size), rows[:, :4], (height, width))
    return [[float(value) for value in row] for row in rows]


os.chdir(folder)
answers = {}
for name in ["yolov8n", "yolo11n"]:
    file = export(name, torch.from_numpy(read(pictures[0])[1]))
    session = ort.InferenceSession(file, providers=["CPUExecutionProvider"])
    answers[name] = {"file": file, "found": [found(session, picture) for picture in pictures]}
print(json.dumps({"conf": conf, "iou": iou, "answers": answers}))
