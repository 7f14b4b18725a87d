"""The studio by keyboard alone, and with a screen reader's names."""

from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys


def check_names(page):
    """Every control has a name for screen readers, and can be reached with the keyboard."""
    nameless = page.nameless()
    assert not nameless, nameless
    unreachable = page.script("""
        return [...document.querySelectorAll("button, a, input, select")]
          .filter((control) => control.tabIndex < 0).map((control) => control.outerHTML)""")
    assert not unreachable, unreachable
    assert page.script("return document.documentElement.scrollWidth <= innerWidth"), "it is too wide"


def check_keyboard(studio, page):
    """Each control is reached by Tab and shows it; what one draws or clicks on has keys."""
    views = {
        "play?dataset=points&hidden=3&points=0.2,0.2,0_0.8,0.8,1": ".unit",
        "watch": ".facts dd", "inside/digit": ".bars > div", "inside/attention": ".bars > div",
        "inside/formula": ".graph g", "inside/strides": ".tensor button",
    }
    for view, ready in views.items():
        page.open(studio.address + "#/" + view)
        page.wait(lambda: page.all(ready), f"{view}: no {ready}", 90)
        page.wait(lambda: page.script(
            "return !document.querySelector('main [role=status].soft:not([hidden])')?.textContent.includes('%')"),
            f"{view}: a network still trains", 90)
        count = page.script("""
            const all = [...document.querySelectorAll("a[href], button, input, select, [tabindex='0']")]
              .filter((one) => one.tabIndex >= 0 && !one.disabled && one.getClientRects().length);
            all.forEach((one, i) => { one.dataset.stop = i; });
            document.activeElement.blur();
            return all.length""")
        assert count > 8, (view, count)
        missing = set(range(count))
        for _ in range(count + 10):
            ActionChains(page.driver).send_keys(Keys.TAB).perform()
            stop, outline, what = page.script("""
                const at = document.activeElement, style = getComputedStyle(at);
                return [at.dataset.stop ?? null, style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1,
                        at.outerHTML.slice(0, 200)]""")
            if stop is None:
                continue
            assert outline, f"{view}: the focus on {what} cannot be seen"
            missing.discard(int(stop))
            if not missing:
                break
        lost = [page.script("return document.querySelector(`[data-stop='${arguments[0]}']`)?.outerHTML.slice(0, 200)", one)
                for one in missing]
        assert not lost, f"{view}: Tab does not reach {lost}"
        check_names(page)

    def focused():
        return page.script("return document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent")

    def press(*keys):
        for key in keys:
            ActionChains(page.driver).send_keys(key).perform()

    def focus(selector):
        page.script("document.querySelector(arguments[0]).focus()", selector)

    # A key leaves its user where they are, though what they changed is made anew.
    page.open(studio.address + "#/play?hidden=3")
    page.named("Add a unit to layer 1").send_keys(Keys.ENTER)
    page.wait(lambda: len(page.all(".unit")) == 5, "no unit was added")
    page.wait(lambda: focused() == "Add a unit to layer 1", "the focus moves")
    page.open(studio.address + "#/inside/strides")
    page.one(".tensor button")
    page.script("document.querySelectorAll('.tensor button')[5].focus()")
    press(Keys.SPACE)
    page.wait(lambda: page.text(".cell.on").split()[0] == focused(), "the wrong element is chosen")

    page.open(studio.address + "#/inside/digit")
    page.wait(lambda: page.all(".bars > div"), "no digit was read", 90)
    page.named("Clear").send_keys(Keys.ENTER)
    dark = page.script("return document.querySelector('.pad').toDataURL()")
    focus(".pad")
    press(Keys.ARROW_UP, Keys.SPACE, Keys.ARROW_UP, Keys.SPACE)
    page.script("document.activeElement.blur()")
    page.wait(lambda: page.script("return document.querySelector('.pad').toDataURL()") != dark,
              "keys do not draw")

    page.open(studio.address + "#/inside/attention")
    page.wait(lambda: page.all(".cell[aria-pressed=true]"), "no attention", 90)
    focus("canvas[tabindex='0']")
    before = focused()
    press(Keys.ARROW_UP)
    page.wait(lambda: focused() != before, "keys choose no row")

    page.open(studio.address + "#/inside/formula")
    page.one(".graph g")
    focus(".graph")
    before = page.text(".inside [role=status]")
    press(Keys.ARROW_LEFT)
    page.wait(lambda: page.text(".inside [role=status]") != before, "keys do not step")
