// The frame of the page: views by address, language, colours.

import { el, fill } from "./dom.js";
import { forgetColors } from "./draw.js";
import { chooseLanguage, isChinese, onLanguage, showLanguage, t } from "./words.js";

const views = { watch: () => import("./watch.js"), play: () => import("./play.js"), inside: () => import("./inside.js") };
const main = document.getElementById("main");
let leave = null;
let turn = 0;

/** "#/watch/run1?log=1" → {view, path: ["run1"], query} */
function place() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decodeURIComponent);
  return { view: views[parts[0]] ? parts[0] : "play", path: parts.slice(1), query: new URLSearchParams(query) };
}

let shown = null;
async function show(isForced = false) {
  const at = place();
  if (!isForced && shown?.view === at.view && shown.moves?.(at)) return;
  const mine = ++turn;
  leave?.();
  leave = null;
  const module = await views[at.view]();
  if (mine !== turn) return;
  document.title = `${t(at.view)} · Fledge studio`;
  fill(document.getElementById("views"), Object.keys(views).map((view) =>
    el("a", { href: `#/${view}`, "aria-current": view === at.view ? "page" : null }, t(view))));
  const result = module.show(main, at);
  leave = result.leave;
  shown = { view: at.view, moves: result.moves };
}

function scheme(next) {
  document.documentElement.dataset.scheme = next;
  forgetColors();
  labels();
}

function labels() {
  const isDark = document.documentElement.dataset.scheme === "dark";
  const language = document.getElementById("language");
  language.textContent = t("languageName");
  language.setAttribute("aria-label", t("switchLanguage"));
  const colours = document.getElementById("scheme");
  colours.textContent = isDark ? "☀" : "☾";
  colours.setAttribute("aria-label", t(isDark ? "toLight" : "toDark"));
  colours.title = t(isDark ? "toLight" : "toDark");
  document.querySelector(".skip").textContent = t("skip");
}

document.querySelector(".skip").onclick = (event) => { event.preventDefault(); main.focus(); };
document.getElementById("language").onclick = () => chooseLanguage(isChinese() ? "en" : "zh");
document.getElementById("scheme").onclick = () => {
  scheme(document.documentElement.dataset.scheme === "dark" ? "light" : "dark");
  localStorage.setItem("scheme", document.documentElement.dataset.scheme);
  show(true);
};
onLanguage(() => { labels(); show(true); });
addEventListener("hashchange", () => show());
const dark = matchMedia("(prefers-color-scheme: dark)");
// What the system wants, unless somebody has chosen here.
const wanted = () => localStorage.getItem("scheme") ?? (dark.matches ? "dark" : "light");
scheme(wanted());
dark.onchange = () => { scheme(wanted()); show(true); };
showLanguage();
