"""Writes an int8 version of an ONNX model with ONNX Runtime's own tool; `saccade models quantize` calls it.

    quantize.py --check      what is installed, as JSON: {"onnxruntime": "1.32.0", "onnx": "1.23.2"}, null where it is not
    quantize.py JOB.json     {"model", "out", "work", "static", "inputs": [{"name", "type", "dims"}], "samples": n}

A sample k of input i is the file WORK/k-i.raw: plain numbers in the order of the tensor, as the machine has them in memory.
Weights become uint8 in a dynamic model (ConvInteger takes no int8 ones on the processor) and int8 in a static one. A static one
is in the QDQ form, and only of the operators that are worth it: the rest, and so the scores and boxes at the end, stays float.
Its weights have a scale for each channel, without which a model of depthwise convolutions finds nothing any more (YOLOX-Nano's best
score falls from 0.88 to 0.01; with it to 0.79). That needs opset 13, to which an older model is brought. And they keep to 7 bits:
an x86 without VNNI adds two products of 8 bits in 16, which overflow (20 of 34 boxes kept there, and 6 with 8 bits), and the file
may be used on another machine than the one that made it. Prints what it did as JSON: {"perChannel"}.
"""

import importlib
import json
import logging
import os
import sys

WORTH_IT = ["Conv", "MatMul", "Gemm"]
PER_CHANNEL_OPSET = 13


def version_of(name):
    try:
        return importlib.import_module(name).__version__
    except ImportError:
        return None


def opset_of(model):
    return next((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), 0)


def main():
    if sys.argv[1] == "--check":
        print(json.dumps({name: version_of(name) for name in ("onnxruntime", "onnx")}))
        return
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)

    import numpy
    import onnx
    import onnx.version_converter
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    # Its hints on preparing a model: that is done here.
    logging.disable(logging.WARNING)
    prepared = os.path.join(job["work"], "prepared.onnx")
    quant_pre_process(job["model"], prepared, skip_symbolic_shape=True)

    per_channel = job["static"]
    if per_channel and opset_of(onnx.load(prepared)) < PER_CHANNEL_OPSET:
        try:
            onnx.save(onnx.version_converter.convert_version(onnx.load(prepared), PER_CHANNEL_OPSET), prepared)
        except Exception:  # whatever stands in the way, one scale for a tensor can still be had
            per_channel = False

    class Samples(CalibrationDataReader):
        def __init__(self):
            self.next = 0

        def get_next(self):
            if self.next == job["samples"]:
                return None
            at, self.next = self.next, self.next + 1
            return {
                each["name"]: numpy.fromfile(os.path.join(job["work"], f"{at}-{i}.raw"), each["type"]).reshape(each["dims"])
                for i, each in enumerate(job["inputs"])
            }

    if job["static"]:
        quantize_static(
            prepared,
            job["out"],
            Samples(),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=WORTH_IT,
            per_channel=per_channel,
            reduce_range=True,
        )
    else:
        quantize_dynamic(prepared, job["out"], weight_type=QuantType.QUInt8)
    print(json.dumps({"perChannel": per_channel}))


main()
