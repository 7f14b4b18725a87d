"""What check-studio.sh does in the browser. Arguments: the build configuration, a folder or none."""

import base64
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

from browser import Page, ROOT, Studio
from keyboard import check_keyboard, check_names
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

SIZES = {"phone": (380, 800), "laptop": (1280, 800), "4k": (3840, 2160)}


def step_of(text):
    return int(re.search(r"step ([\d,]+)", text).group(1).replace(",", ""))


def download(page, path):
    """The bytes behind a link of the page."""
    text = page.driver.execute_async_script("""
        const [path, done] = arguments;
        fetch(path).then((answer) => answer.arrayBuffer()).then((bytes) =>
          done(btoa(String.fromCharCode(...new Uint8Array(bytes)))));
    """, path)
    return base64.b64decode(text)


def compile_program(studio, program, folder):
    """The program of the page, against the modules that the studio was built from."""
    products = studio.products
    (folder / "main.swift").write_text(program)
    objects = []
    for module in ("CKernels", "FledgeCore", "FledgeNN", "FledgeIO", "FledgeData", "FledgeOptim",
                   "FledgePlots", "FledgeTrain", "FledgeModels", "Fledge"):
        # Objects of files that are gone may lie there still.
        sources = {path.name + ".o" for path in (ROOT / "Sources" / module).rglob("*.*")}
        objects += sorted(path for path in (products / f"{module}.build").rglob("*.o")
                          if path.name in sources)
    maps = [ROOT / "Sources/COpenBLAS/module.modulemap", ROOT / "Sources/CZlib/module.modulemap",
            products / "CKernels.build/module.modulemap"]
    command = ["swiftc", "-swift-version", "6", str(folder / "main.swift"),
               "-I", str(products / "Modules")]
    for path in maps:
        command += ["-Xcc", f"-fmodule-map-file={path}"]
    command += [str(path) for path in objects]
    command += ["-lopenblas", "-lz", "-o", str(folder / "program")]
    assert subprocess.run(command).returncode == 0, "the program of the page does not compile"
    return folder / "program"


def check_play(studio, page):
    page.open(studio.address + "#/play?hidden=5-3&dataset=circle&penalty=l2&seed=3")
    page.wait(lambda: step_of(page.text(".controls [role=status]")) == 0, "no picture came")
    assert len(page.all(".layer")) == 4, "the address has two hidden layers"
    assert len(page.all(".unit")) == 5 + 3 + 1

    page.press("One step")
    page.wait(lambda: step_of(page.text(".controls [role=status]")) == 1, "no single step")
    page.press("Train")
    page.wait(lambda: step_of(page.text(".controls [role=status]")) > 60, "it does not train")
    page.press("Pause")
    page.wait(lambda: page.named("Train"), "it does not stand")
    page.press("One step")
    for name in ("training loss", "held-out loss"):
        page.wait(lambda: name in page.text(".answer .plot .legend"), f"no {name}")

    # A unit is shown large, by the keyboard alone.
    unit = page.named("Unit 1.2")
    unit.send_keys(Keys.ENTER)
    page.wait(lambda: page.text(".answer h2") == "Unit 1.2", "the unit is not shown")
    page.named("Show the output").send_keys(Keys.SPACE)
    page.wait(lambda: page.text(".answer h2") == "Answer over the plane", "the output is not back")

    # As Swift: the program compiles, runs, and ends with the same bits.
    page.press("As Swift")
    program = page.one("pre.swift").get_attribute("textContent")
    assert "import Fledge" in program and ".circle" in program
    weights = download(page, page.named("Weights", "a").get_attribute("href"))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        binary = compile_program(studio, program, folder)
        subprocess.run([binary], cwd=folder, check=True, stderr=subprocess.DEVNULL)
        assert (folder / "playground.safetensors").read_bytes() == weights, "other weights"
    page.press("Close")

    # The address is the state.
    page.press("Add a layer")
    page.wait(lambda: "hidden=5-3-3" in page.driver.current_url, "the address stays")
    address = page.driver.current_url
    page.open(address)
    page.wait(lambda: len(page.all(".layer")) == 5, "the address does not bring the state back")

    # Points of one's own.
    page.press("own points")
    page.press("Remove all points")
    plane = page.one("canvas.plane")
    plane.send_keys(Keys.ARROW_UP, Keys.SPACE)
    page.wait(lambda: "points=0.5,0.54,0" in page.driver.current_url, "no point by keys")
    page.press("Remove all points")
    for dx, dy, label in ((-60, -40, 0), (50, 30, 1), (-40, 50, 0), (60, -50, 1)):
        page.press(f"class {label}")
        ActionChains(page.driver).move_to_element_with_offset(plane, dx, dy).click().perform()
    page.wait(lambda: page.driver.current_url.count("_") == 3, "four points are not in the address")
    page.press("Train")
    page.wait(lambda: step_of(page.text(".controls [role=status]")) > 20, "own points do not train")
    page.press("Pause")


def check_watch(studio, page):
    page.open(studio.address + "#/watch")
    page.wait(lambda: "No training runs yet." in page.text("main"), "no hint what to do")
    train, out = studio.example("train-mlp", "--epochs", "60000", "--live")
    page.wait(lambda: page.all(".facts"), "the run does not appear")
    page.wait(lambda: page.all("[data-card='picture decision boundary']"), "no decision boundary")
    page.wait(lambda: page.all("[data-card='picture layers'] tbody tr"), "no layers")
    page.wait(lambda: page.all("[data-card='curve gradient_norm']"), "no gradient norms")
    for card in ("curve loss", "curve learning_rate", "picture memory"):
        page.one(f"[data-card='{card}']")

    def step():
        return int(page.one(".facts dd").text.split(" / ")[0].replace(",", ""))
    page.press("Pause")
    page.wait(lambda: page.text("[role=status].soft") == "paused", "it does not pause")
    before = step()
    page.press("One step")
    page.wait(lambda: step() == before + 1, "it does not take one step")
    page.press("Go on")
    page.wait(lambda: step() > before + 5, "it does not go on")

    # A page that opens late has the whole curve.
    page.open(studio.address + "#/watch")
    page.wait(lambda: step() > before, "the run is gone")
    page.wait(lambda: "loss" in page.script(
        "return document.querySelector('[data-card=\"curve loss\"] .legend').textContent"), "no loss")

    stop = page.named("Stop and save")
    stop.click()
    assert stop.text == "Really stop?", stop.text
    stop.click()
    page.wait(lambda: page.text("[role=status].soft") == "stopped", "it does not stop")
    assert train.wait(timeout=90) == 0, train.stderr.read()
    assert (out / "model.safetensors").exists(), "nothing was saved"
    assert page.named("Pause").is_enabled() is False

    # Axes of curves whose numbers differ by nothing but rounding, or are next to nothing.
    marks = page.driver.execute_async_script("""
        import(new URL("draw.js", location.href)).then(({ ticks }) => arguments[0](
          [[0, 1], [0.3, 0.30000000000000004], [1e300, 1.0000000000000002e300], [1e-323, 3e-323]]
            .map(([low, high]) => ticks(low, high, 4).length)))""")
    assert all(1 <= count <= 10 for count in marks), marks

    # The same run with and without a page ends with the same bits.
    watched, with_page = studio.example("train-mlp", "--epochs", "3000", "--live")
    assert watched.wait(timeout=120) == 0, watched.stderr.read()
    alone, without = studio.example("train-mlp", "--epochs", "3000")
    assert alone.wait(timeout=120) == 0
    assert (with_page / "model.safetensors").read_bytes() == (without / "model.safetensors").read_bytes()
    page.wait(lambda: len(page.all(".runs li")) == 2, "two runs are not listed")
    page.script("document.querySelectorAll('.runs input')[1].click()")
    page.wait(lambda: "train-mlp moons: loss" in page.text("[data-card='curve loss'] .legend"),
              "no comparison")


def check_inside(studio, page):
    page.open(studio.address + "#/inside/digit")
    page.wait(lambda: page.all(".bars > div"), "no digit was read", 90)
    page.press("An example 7")
    pad = page.one(".pad")
    page.press("Clear")
    drag = ActionChains(page.driver).move_to_element_with_offset(pad, 0, -80).click_and_hold()
    for _ in range(8):
        drag.move_by_offset(0, 20)
    drag.release().perform()
    def parts():
        return [float(bar.text.split()[-1].rstrip("%")) for bar in page.all(".bars > div")]
    page.wait(lambda: len(parts()) == 20, "the transformer reads no digit", 90)
    page.wait(lambda: abs(sum(parts()) - 200) < 2, f"no probabilities: {parts()}")
    lenet, transformer = 6 + 6 + 16 + 16 + 3, 32 + 2 * (4 + 32) + 2
    assert len(page.all(".maps canvas")) == lenet + transformer

    page.open(studio.address + "#/inside/formula?f=a*b&a=2&b=-3")
    page.wait(lambda: page.all(".graph g"), "no graph")
    def graph():
        return page.one(".graph svg").get_attribute("aria-label")
    for part in ("multiply = -6", "a = 2, ∂ -3", "b = -3, ∂ 2"):
        page.wait(lambda: part in graph(), f"no {part}")
    for _ in range(3):
        page.press("Back")
    page.wait(lambda: "∂" not in graph(), "the gradients stay")
    box = page.one("input[type=text]")
    box.send_keys("+(")
    page.wait(lambda: "expected a number" in page.text("[role=alert]"), "no mistake is shown")

    page.open(studio.address + "#/inside/strides")
    page.wait(lambda: page.all(".tensor button"), "no tensor")
    page.press("Transpose the last two axes")
    page.wait(lambda: "[1, 4]" in page.text(".facts"), "the strides do not move")
    page.all(".tensor button")[1].click()
    page.wait(lambda: page.text(".cell.on").split()[0] == "4", "the wrong cell is shown")


def check_mine(_, page):
    """`learn studio`: the reference's code, and a learner's where an exercise of theirs passes."""
    learn = ROOT / ".build/debug/learn"
    with tempfile.TemporaryDirectory() as folder:
        workspace = pathlib.Path(folder) / "mine"

        def run(*words, code=0):
            done = subprocess.run([learn, *words, "--workspace", workspace], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            assert done.returncode == code, f"learn {words}: {done.stdout}{done.stderr}"
            return done.stdout
        subprocess.run([learn, "init", workspace], check=True, stdout=subprocess.DEVNULL)
        for exercise, name in (("1.3", "ChainRule"), ("6.2", "AdamOptimizer")):
            run("solution", exercise, code=1)
            file = next(workspace.rglob(f"Ex{exercise.replace('.', '_')}_{name}.swift"))
            file.write_text(run("solution", exercise))
            run("test", exercise)
        mine = Studio("debug", [learn, "studio", "--workspace", workspace])
        try:
            assert mine.address.endswith("#/play?isMine=true"), mine.address
            page.open(mine.address)
            page.wait(lambda: "your 6.2" in page.text("dl.code"), "it does not say whose code moves")
            page.wait(lambda: "the reference's 5.3" in page.text("dl.code"), "nothing of the reference")
            page.press("Train")
            page.wait(lambda: step_of(page.text(".controls [role=status]")) > 20, "no training")
            page.press("Pause")

            # Networks of one's own operations and numbers.
            for network, words in (("operations", "the reference's 4.1"), ("scalars", "your 1.3")):
                page.press(network)
                page.wait(lambda: words in page.text("dl.code"), f"whose {network} is not said")
                page.wait(lambda: step_of(page.text(".controls [role=status]")) == 0, "no new network")
                page.press("Train")
                page.wait(lambda: step_of(page.text(".controls [role=status]")) > 20, f"no {network}")
                page.wait(lambda: float(re.search(r"([\d.]+)%", page.text(".answer .legend")).group(1)) > 80,
                          f"{network} learn nothing")
                page.press("Pause")
                assert not page.all("p.dead:not([hidden])"), page.text("p.dead")

            # A milestone trains on the page.
            milestone = subprocess.run(
                [learn, "milestone", "1", "--live", "--workspace", workspace], text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=mine.environment)
            assert milestone.returncode == 0, milestone.stdout + milestone.stderr
            page.open(re.search(r"watch it at (http://\S+)", milestone.stderr).group(1))
            page.wait(lambda: page.text("h1") == "milestone 1: yours", "no milestone")
            for words in ("your 1.3", "the reference's 1.1", "100 / 100"):
                page.wait(lambda: words in page.text("main"), f"no {words}")
            page.one("[data-card='curve loss'] canvas")
            page.wait(lambda: page.script(
                "return document.querySelector('img.drawing')?.naturalWidth > 100"), "no picture")
            for words in ("the reference", "control"):
                page.wait(lambda: words in page.text(".runs"), f"no run of {words}")
            page.open(mine.address)
            page.press("Fledge's")
            page.wait(lambda: not page.all("dl.code"), "the learner's code stays")
            page.wait(lambda: step_of(page.text(".controls [role=status]")) == 0, "no new training")
        finally:
            page.driver.get("about:blank")
            mine.end()


def check_start(studio, page):
    """A training starts the studio where none runs, and says what to do where it cannot."""
    environment = dict(studio.environment, FLEDGE_STUDIO_DIRECTORY=str(studio.folder / "other"))
    command = [studio.products / "train-mlp", "--epochs", "2000", "--live",
               "--out", str(studio.folder / "started")]
    refused = subprocess.run(command, stderr=subprocess.PIPE, text=True,
                             env=dict(environment, FLEDGE_STUDIO="/nowhere/studio"))
    assert refused.returncode != 0 and "build it once" in refused.stderr, refused.stderr

    started = subprocess.run(command, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        assert started.returncode == 0, started.stderr
        address = re.search(r"watch it at (http://\S+)", started.stderr).group(1)
        # The page outlives the training.
        page.open(address)
        page.wait(lambda: page.text("[role=status].soft") == "finished", "the run is not there")
        page.wait(lambda: "2,000 / 2,000" in page.text(".facts"), "not all of its steps")
    finally:
        page.driver.get("about:blank")
        end_background(studio.folder / "other")


def end_background(folder):
    """Ends the studio that was started with this folder."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
            name = (process / "comm").read_text().strip()
        except OSError:
            continue
        if name == "studio" and f"FLEDGE_STUDIO_DIRECTORY={folder}".encode() in environment:
            os.kill(int(process.name), signal.SIGTERM)


def check_words(studio, page):
    page.open(studio.address + "#/play")
    page.press("Switch to Chinese")
    page.wait(lambda: page.named("训练"), "it is not in Chinese")
    page.wait(lambda: page.script("return document.documentElement.lang") == "zh-CN", "another language")
    check_names(page)
    page.press("切换到英文")
    page.named("Train")


def check_sizes(studio, page, pictures):
    page.open(studio.address + "#/play")
    for size, (width, height) in SIZES.items():
        # Without screenshots, each size in one scheme.
        for dark in (False, True) if pictures else (size != "laptop",):
            page.look(width, height, dark)
            page.script("localStorage.removeItem('scheme')")
            for name, place, ready in (
                ("play", "#/play?dataset=spiral&hidden=8-8-4&learningRate=0.01", ".layer"),
                ("watch", "#/watch", ".facts"),
                ("formula", "#/inside/formula", ".graph g"),
                ("digit", "#/inside/digit", ".maps canvas"),
                ("attention", "#/inside/attention", ".cell"),
                ("strides", "#/inside/strides", ".tensor button"),
            ):
                page.open(studio.address + place)
                page.one(ready)
                if name == "play":
                    page.press("One step")
                    page.wait(lambda: step_of(page.text(".controls [role=status]")) == 1, "no step")
                check_names(page)
                scheme = "dark" if dark else "light"
                page.wait(lambda: page.script("return document.documentElement.dataset.scheme") == scheme,
                          f"it is not {scheme}")
                if pictures:
                    page.picture(pictures / f"{name}-{size}-{scheme}.png")


def main():
    configuration, *rest = sys.argv[1:]
    pictures = pathlib.Path(rest[0]) if rest else None
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    studio = Studio(configuration)
    page = Page()
    try:
        checks = [check_play, check_watch, check_inside, check_keyboard, check_words, check_start,
                  check_mine]
        for check in [*checks, lambda *given: check_sizes(*given, pictures)]:
            begin = time.monotonic()
            check(studio, page)
            name = "check_sizes" if check not in checks else check.__name__
            print(f"check-studio: {name} passed in {time.monotonic() - begin:.0f} s", flush=True)
        faults = page.faults()
        assert not faults, faults
    finally:
        page.end()
        studio.end()
    print("check-studio: every view, control and size passed")


main()
