"""A studio in a folder of its own, and a headless Chromium that looks at it."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By

NOT_YET = (WebDriverException, AttributeError, IndexError, TypeError, ValueError)
ROOT = pathlib.Path(__file__).resolve().parents[2]


class Studio:
    """The program `studio`, with a socket and a folder that no other run shares."""

    def __init__(self, configuration, command=None):
        self.products = ROOT / ".build" / configuration
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="studio-"))
        self.environment = dict(
            os.environ,
            FLEDGE_STUDIO_DIRECTORY=str(self.folder / "s"),
            FLEDGE_STUDIO=str(self.products / "studio"),
        )
        self.process = subprocess.Popen(
            command or [self.products / "studio"],
            stdout=subprocess.PIPE, text=True, env=self.environment,
        )
        for line in self.process.stdout:
            if found := re.search(r"http://\S+", line):
                self.address = found.group(0)
                return
        raise SystemExit("the studio printed no address")

    def example(self, name, *arguments):
        """Starts an example that the studio shows."""
        out = self.folder / f"{name}-{time.monotonic_ns()}"
        process = subprocess.Popen(
            [self.products / name, *arguments, "--out", str(out)],
            stderr=subprocess.PIPE, text=True, env=self.environment,
        )
        return process, out

    def end(self):
        self.process.terminate()
        code = self.process.wait(timeout=10)
        shutil.rmtree(self.folder, ignore_errors=True)
        assert code == 0, f"the studio ended with {code}"


class Page:
    """A window of the browser."""

    def __init__(self, width=1400, height=900, dark=False, language="en-US"):
        options = webdriver.ChromeOptions()
        for switch in (
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--hide-scrollbars", f"--lang={language}",
        ):
            options.add_argument(switch)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = shutil.which("chromedriver")
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        self.driver.set_page_load_timeout(30)
        self.look(width, height, dark)

    def look(self, width, height, dark):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500,
        })
        scheme = "dark" if dark else "light"
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}],
        })

    def open(self, address):
        self.driver.get("about:blank")
        self.driver.get(address)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.wait(lambda: self.all(selector), f"no {selector}")[0]

    def named(self, name, tag="button"):
        """The control of this name, as a screen reader would find it."""
        def find():
            # One question for all controls, then one for the control that is found.
            for control in self.script("""
                const [name, tag] = arguments;
                return [...document.querySelectorAll(tag)].filter((control) =>
                  [control.getAttribute("aria-label"), control.textContent.trim()].includes(name))
                """, name, tag):
                if control.accessible_name == name and control.is_displayed():
                    return control
            return None
        return self.wait(find, f"no {tag} named {name!r}")

    def press(self, name):
        """Clicks on the button of this name, also where it is being made anew."""
        def click():
            self.named(name).click()
            return True
        self.wait(click, f"the button {name!r} cannot be pressed")

    def nameless(self):
        """The controls and pictures for which a screen reader has no name."""
        self.driver.execute_cdp_cmd("Accessibility.enable", {})
        roles = {"button", "link", "textbox", "slider", "combobox", "checkbox", "image", "img"}
        nodes = self.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        found = [node for node in nodes
                 if not node["ignored"] and node["role"]["value"] in roles]
        assert len(found) > 5, "the page has no controls"
        return [node for node in found if not node.get("name", {}).get("value")]

    def text(self, selector):
        return self.wait(lambda: [one.text for one in self.all(selector)], f"no {selector}")[0]

    def script(self, code, *arguments):
        return self.driver.execute_script(code, *arguments)

    def wait(self, condition, message, seconds=60):
        """What the condition gives, as soon as it is true.

        A condition that cannot be asked yet is not met yet: the words that it looks for may not be
        there, and an element may be made anew while it is read.
        """
        end = time.monotonic() + seconds
        fault = None
        while time.monotonic() < end:
            try:
                if result := condition():
                    return result
                fault = None
            except NOT_YET as error:
                fault = error
            time.sleep(0.05)
        raise AssertionError(f"{message} after {seconds} s") from fault

    def picture(self, path):
        self.driver.save_screenshot(str(path))

    def faults(self):
        """What the console says that is more than a note."""
        return [
            entry["message"] for entry in self.driver.get_log("browser")
            if entry["level"] in ("SEVERE", "WARNING")
        ]

    def end(self):
        self.driver.quit()
