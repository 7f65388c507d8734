"""OpenCV's read() loop on a live 30 fps stream with 50 ms of work a frame: how old is what it hands over?

FFmpeg serves a paced stream on loopback, as a camera on the network would. Frame n of the stream was made n/30 s after the first.
"""
import json
import os
import subprocess
import sys
import time

try:
    import cv2
except ImportError:
    print(json.dumps({"missing": "cv2"}))
    sys.exit(0)

seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20
port = 20000 + os.getpid() % 20000
url = f"tcp://127.0.0.1:{port}"
server = subprocess.Popen(
    ["ffmpeg", "-nostdin", "-loglevel", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=640x480:rate=30",
     "-c:v", "mpeg2video", "-b:v", "4M", "-f", "mpegts", f"{url}?listen=1"],
)
try:
    capture = None
    for _ in range(100):
        time.sleep(0.05)
        capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG)
        if capture.isOpened():
            break
    series, first, count = [], None, 0
    while True:
        ok, _frame = capture.read()
        now = time.monotonic()
        if not ok:
            break
        if first is None:
            first = now
        made = first + count / 30
        count += 1
        time.sleep(0.05)
        done = time.monotonic()
        series.append([(done - first) * 1000, (done - made) * 1000])
        if done - first > seconds:
            break
    print(json.dumps({"series": series, "version": "OpenCV " + cv2.__version__}))
finally:
    server.kill()
    server.wait()
