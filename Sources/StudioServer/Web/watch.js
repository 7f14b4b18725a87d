// Watch: runs while they train, and runs that have ended.

import { bytes, duration, el, field, fill, floats, notice, number, post, size, slider } from "./dom.js";
import { LineChart, colors, paintField, paintHistogram, paintImage, paintMatrix, paintPoints, smoothed } from "./draw.js";
import { t } from "./words.js";

/** What the studio has said about each run; kept while the page is open. */
const runs = new Map();
let source = null;
let changed = () => {};

function take(id, line) {
  if (!runs.has(id)) runs.set(id, { id, begin: null, status: null, curves: {}, pictures: {} });
  const run = runs.get(id);
  switch (line.event) {
    case "begin": run.begin = line; break;
    case "status": run.status = line; break;
    case "picture": run.pictures[line.name] = line; break;
    case "curves":
      if (line.replaces) run.curves = {};
      for (const [name, { x, y }] of Object.entries(line.series)) {
        const curve = run.curves[name] ??= { x: [], y: [] };
        // One by one: a call with a hundred thousand arguments fails.
        for (let i = 0; i < x.length; i++) { curve.x.push(x[i]); curve.y.push(y[i]); }
        thin(curve);
      }
  }
}

/** Where there are more than a chart can show, neighbours become their mean, as fine at the beginning as at the end. */
function thin(curve, limit = 6000) {
  if (curve.x.length <= limit) return;
  // A power of two, so that it stays the same while the curve grows to its double length.
  const width = 2 ** Math.ceil(Math.log2(2 * (curve.x.at(-1) - curve.x[0]) / limit));
  const part = (i) => Math.floor(curve.x[i] / width);
  const [x, y] = [[], []];
  for (let i = 0, end; i < curve.x.length; i = end) {
    for (end = i + 1; end < curve.x.length && (width > 0 ? part(end) === part(i) : end < i + 2);) end++;
    const values = curve.y.slice(i, end).filter((value) => value !== null);
    x.push(curve.x[end - 1]);
    y.push(values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null);
  }
  curve.x = x; curve.y = y;
}

function connect() {
  if (source) return;
  source = new EventSource("api/runs");
  source.onmessage = (event) => {
    for (const { run, line } of JSON.parse(event.data)) take(run, line);
    changed();
  };
  source.onerror = () => notice(t(source?.readyState === 2 ? "lost" : "reconnecting"));
}

function disconnect() { source?.close(); source = null; }

const settings = { smoothing: 0.9, log: false, compared: new Set() };

export function show(main, at) {
  let wanted = at.path[0] ?? null;
  let chosen = null;
  let frame = 0;
  const list = el("ul.runs");
  const body = el("div");
  const page = el("div.watch", {}, el("aside", {}, el("div.card", {}, el("h2", {}, t("runs")), list)), body);
  fill(main, page);
  let detail = null;

  function order() {
    return [...runs.values()].filter((run) => run.begin).sort((a, b) => (live(b) - live(a)) || (b.begin.started - a.begin.started));
  }

  function paint() {
    frame = 0;
    const all = order();
    if (!all.length) {
      page.firstChild.hidden = true;
      detail = null;
      fill(body, nothing());
      return;
    }
    page.firstChild.hidden = false;
    // The run of the address; else the one shown, until it ends and another runs.
    const [named, shown] = [runs.get(wanted), runs.get(chosen)];
    const run = named?.begin ? named : shown?.begin && live(shown) ? shown : all[0];
    chosen = run.id;
    paintList(all);
    if (detail?.id !== run.id) { detail = new Detail(run); fill(body, detail.node); }
    detail.update(run, all.filter((other) => other.id !== run.id && settings.compared.has(other.id)));
  }

  const items = new Map();
  function paintList(all) {
    const key = all.map((run) => run.id).join(" ");
    if (list.dataset.key !== key) {
      list.dataset.key = key;
      items.clear();
      fill(list, all.map((run) => {
        const dot = el("span.dot");
        const link = el("a", { href: `#/watch/${run.id}` }, run.begin.name);
        const box = el("input", { type: "checkbox", checked: settings.compared.has(run.id), title: t("compare") });
        box.setAttribute("aria-label", `${t("compare")}: ${run.begin.name}`);
        box.onchange = () => { settings.compared[box.checked ? "add" : "delete"](run.id); paint(); };
        items.set(run.id, { dot, link });
        return el("li", {}, dot, link, box);
      }));
    }
    for (const run of all) {
      const { dot, link } = items.get(run.id);
      const state = run.status?.state ?? "running";
      dot.className = `dot ${state}`;
      dot.title = t(state === "lost" ? "lostRun" : state);
      if (run.id === chosen) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
    }
  }

  changed = () => { frame ||= requestAnimationFrame(paint); };
  const onVisible = () => { document.hidden ? disconnect() : connect(); };
  document.addEventListener("visibilitychange", onVisible);
  connect();
  paint();
  return {
    leave() {
      document.removeEventListener("visibilitychange", onVisible);
      cancelAnimationFrame(frame);
      changed = () => {};
      disconnect();
    },
    moves(next) { wanted = next.path[0] ?? wanted; changed(); return true; },
  };
}

const live = (run) => ["running", "paused"].includes(run.status?.state) ? 1 : 0;

function nothing() {
  return el("div.card.empty", {}, el("h1", {}, t("noRuns")), el("p", {}, t("startOne")),
    el("code", {}, "swift run -c release train-mlp --live"), el("p", {}, t("readRuns")),
    el("code", {}, "swift run -c release studio runs/"));
}

/** All about one run. */
class Detail {
  constructor(run) {
    this.id = run.id;
    this.title = el("h1", {}, run.begin.name);
    this.state = el("span.soft", { role: "status" });
    this.facts = el("dl.facts");
    this.code = el("p.small");
    this.bar = el("i");
    this.controls = el("div.row");
    this.head = el("div.card.wide", {}, el("div.spread", {}, this.title, this.state), this.code, this.facts,
      el("div.progress", { "aria-hidden": "true" }, this.bar), this.controls);
    this.cards = new Map();
    this.grid = el("div.grid", {}, this.head);
    this.node = this.grid;
    this.buildControls(run);
  }

  buildControls(run) {
    const send = (command, value) =>
      post(`api/runs/${this.id}/command`, { command, value }).catch((error) => notice(error.message));
    this.pause = el("button.main", { type: "button", onclick: () => send(this.isPaused ? "resume" : "pause") }, t("pause"));
    this.step = el("button", { type: "button", onclick: () => send("step") }, t("step"));
    this.stop = el("button", { type: "button", onclick: () => {
      if (this.stop.dataset.sure) { send("stop"); return; }
      this.stop.dataset.sure = "yes";
      this.stop.textContent = t("really");
      setTimeout(() => { delete this.stop.dataset.sure; this.stop.textContent = t("stop"); }, 3000);
    } }, t("stop"));
    const factors = [0, 0.01, 0.03, 0.1, 0.2, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 30, 100];
    this.rate = slider(t("rateFactor"), factors, 1, (factor) => send("rate", factor), (f) => `× ${f}`);
    this.rate.style.minWidth = "min(17rem, 100%)";
    fill(this.controls, this.pause, this.step, this.stop, this.rate);
    this.controls.hidden = !run.begin.isControlled;
  }

  /** The card of a name, made once; `make` returns its content with an `update`. */
  card(name, title, make, classes = "", order = 0) {
    if (!this.cards.has(name)) {
      const content = make();
      const heading = el("h2", {}, title);
      const card = el(`section.card${classes}`, {}, el("div.spread", {}, heading, content.side), content.node);
      card.setAttribute("aria-label", title);
      card.dataset.card = name;
      card.dataset.order = order;
      this.cards.set(name, content);
      this.grid.insertBefore(card, [...this.grid.children].find((other) => +other.dataset.order > order) ?? null);
    }
    return this.cards.get(name);
  }

  update(run, others) {
    this.updateHead(run);
    const groups = new Map();
    for (const name of Object.keys(run.curves)) {
      const group = groupOf(name);
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push(name);
    }
    const ranked = [...groups.keys()].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
    for (const group of ranked) this.updateChart(group, groups.get(group), run, others);
    for (const [name, picture] of Object.entries(run.pictures).sort(byKind)) this.updatePicture(name, picture);
  }

  updateHead(run) {
    const { begin, status } = run;
    const state = status?.state ?? "running";
    const isOver = !["running", "paused"].includes(state);
    this.isPaused = state === "paused";
    this.state.textContent = t(state === "lost" ? "lostRun" : state);
    this.pause.textContent = t(this.isPaused ? "resume" : "pause");
    for (const button of [this.pause, this.step, this.stop]) button.disabled = isOver;
    if (isOver) this.stop.textContent = t("stop");
    this.rate.querySelector("input").disabled = isOver;
    // A page that opens later shows what is in force.
    if (status && !this.knowsRate) { this.knowsRate = true; this.rate.show(status.rateFactor ?? 1); }
    const step = status?.step ?? 0;
    this.bar.style.width = begin.total ? `${100 * step / begin.total}%` : isOver ? "100%" : "0";
    const { learner, reference } = begin.code ?? {};
    this.code.hidden = !begin.code;
    this.code.textContent = `${t("whoseCode")}: ${[learner && `${t("yours")} ${learner.join(", ")}`, reference && `${t("references")} ${reference.join(", ")}`].filter(Boolean).join(" · ")}`;
    const curve = run.curves.loss ?? Object.entries(run.curves).find(([name]) => groupOf(name) === "loss")?.[1];
    const recent = curve ? smoothed(curve.y.slice(-200), 0.95).at(-1) : null;
    const perSecond = status?.seconds > 0 && status.processed > 0 ? status.processed / status.seconds : null;
    const left = begin.total && step > 0 && !isOver ? (begin.total - step) * status.seconds / step : null;
    const facts = [
      [t("stepFact"), begin.total ? `${number(step)} / ${number(begin.total)}` : number(step)],
      status?.epoch !== undefined && status?.epoch !== null && [t("epochFact"), number(status.epoch)],
      [t("lossFact"), number(recent)],
      perSecond && [`${t(unitWords[begin.unit] ?? begin.unit)} / s`, number(Math.round(perSecond))],
      [t("elapsed"), duration(status?.seconds ?? 0)],
      left !== null && [t("left"), duration(left)],
      begin.parameters && [t("parametersFact"), number(begin.parameters)],
      status?.overhead > 0 && [t("overhead"), `${(100 * status.overhead).toFixed(2)}%`],
      status?.dropped > 0 && [t("dropped"), number(status.dropped)],
    ].filter(Boolean);
    // The same nodes where the facts are the same: no flicker, and text stays selected.
    if (this.facts.children.length !== facts.length) fill(this.facts, facts.map(([name]) => el("div", {}, el("dt", {}, name), el("dd"))));
    facts.forEach(([name, value], i) => {
      const [dt, dd] = this.facts.children[i].children;
      if (dt.textContent !== name) dt.textContent = name;
      if (dd.textContent !== value) dd.textContent = value;
    });
  }

  updateChart(group, names, run, others) {
    const titles = { loss: t("loss"), learning_rate: t("learningRate"), gradient_norm: t("gradientNorms") };
    const isLoss = group === "loss";
    const content = this.card(`curve ${group}`, titles[group] ?? group.replaceAll("_", " "), () => {
      const chart = new LineChart(titles[group] ?? group);
      let side = null;
      if (isLoss) {
        const log = el("button", { type: "button", "aria-pressed": String(settings.log) }, t("logScale"));
        log.onclick = () => { settings.log = !settings.log; log.setAttribute("aria-pressed", settings.log); changed(); };
        const smooth = el("input", { type: "range", min: 0, max: 0.99, step: 0.01, value: settings.smoothing });
        smooth.oninput = () => { settings.smoothing = +smooth.value; changed(); };
        side = el("div.row", {}, field(t("smoothing"), smooth), log);
      }
      return { node: chart.node, chart, side };
    }, isLoss ? ".two" : "", rank(group));
    names.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    const series = [];
    const shown = [[run, ""], ...others.map((other) => [other, other.begin.name])];
    const palette = colors().series;
    for (const [which, prefix] of shown) {
      for (const name of which === run ? names : Object.keys(which.curves).filter((key) => groupOf(key) === group)) {
        const { x, y } = which.curves[name];
        const short = group === "gradient_norm" ? name.replace("gradient_norm/", "") : name.replaceAll("_", " ");
        const color = palette[series.filter((one) => !one.faint).length % 8];
        const isDense = isLoss && x.length > 60;
        const label = prefix ? `${prefix}: ${short}` : others.length ? `${run.begin.name}: ${short}` : short;
        if (isDense && !others.length) series.push({ name: "", x, y, color, faint: true });
        series.push({ name: label, x, y: isDense ? smoothed(y, settings.smoothing, x) : y, color, dashed: Boolean(prefix) });
      }
    }
    content.chart.draw(series, {
      log: isLoss ? settings.log : group === "gradient_norm",
      floor: isLoss && run.begin.floor ? { value: run.begin.floor, name: `${t("floor")} ${number(run.begin.floor)}` } : null,
    });
  }

  updatePicture(name, line) {
    const picture = line.picture;
    const title = { layers: t("layers"), memory: t("memory") }[name] ?? name;
    const content = this.card(`picture ${name}`, title, () => ({ ...painters[picture.kind](picture), side: el("span.soft.small.number"), step: -1 }),
      { layers: ".wide", text: ".two", boundary: ".tall", drawing: ".tall", matrix: ".tall" }[picture.kind] ?? "", 10 + kinds.indexOf(picture.kind));
    if (content.line === line) return;
    content.line = line;
    if (content.side) content.side.textContent = `${t("stepFact")} ${number(line.step)}`;
    content.update(picture, name);
  }
}

const rank = (group) => ({ loss: 0, learning_rate: 8, gradient_norm: 9 })[group] ?? 4;
function groupOf(name) {
  if (name.startsWith("gradient_norm")) return "gradient_norm";
  const last = name.split("/").at(-1);
  return last.includes("loss") ? "loss" : last;
}
/** What a run counts, and what memory is for, in the page's language. */
const unitWords = { samples: "samples", images: "images", tokens: "tokens", names: "names", steps: "steps", characters: "characters", batches: "batches" };
const tagWords = { parameter: "parameters", gradient: "gradients", optimizer: "optimizerTag", activation: "activations", data: "dataTag", temporary: "temporary" };
const kinds = ["boundary", "drawing", "text", "images", "matrix", "memory", "layers"];
const byKind = ([a, x], [b, y]) => kinds.indexOf(x.picture.kind) - kinds.indexOf(y.picture.kind) || a.localeCompare(b);

/** How each kind of picture is drawn: its node, and a function that brings it up to date. */
const painters = {
  boundary() {
    const canvas = el("canvas", { role: "img" });
    return { node: canvas, update({ field: f, points }) {
      const values = floats(f.values);
      const width = canvas.clientWidth || 300;
      const height = Math.round(width * Math.min(1, (f.y[1] - f.y[0]) / (f.x[1] - f.x[0])));
      canvas.style.height = `${height}px`;
      const pen = paintField(canvas, (i) => values[i] * 2 - 1, f.columns, f.rows, { width, height, contour: true, strength: 0.62 });
      paintPoints(pen, points, f.x, f.y, width, height);
      canvas.setAttribute("aria-label", `${t("answerOf")}, ${points.length}`);
    } };
  },
  text() {
    const sample = el("pre.sample", { tabIndex: 0, role: "region", "aria-label": t("textSample") });
    return { node: sample, update({ text }) { sample.textContent = text; } };
  },
  drawing() {
    const image = el("img.drawing");
    return { node: image, update({ drawing }, name) {
      URL.revokeObjectURL(image.src);
      image.src = URL.createObjectURL(new Blob([drawing], { type: "image/svg+xml" }));
      image.alt = name;
    } };
  },
  images() {
    const maps = el("div.maps");
    return { node: maps, update({ images: set }) {
      const values = floats(set.values);
      const count = set.width * set.height * set.channels;
      const n = values.length / count;
      while (maps.children.length > n) maps.lastChild.remove();
      while (maps.children.length < n) maps.append(el("figure", {}, el("canvas"), el("figcaption.small.number")));
      [...maps.children].forEach((figure, i) => {
        figure.style.margin = "0";
        const [canvas, caption] = figure.children;
        paintImage(canvas, values.subarray(i * count, (i + 1) * count), set.width, set.height, set.channels);
        caption.textContent = set.captions[i] ?? "";
        caption.className = `small number${set.faults[i] ? " dead" : ""}`;
      });
      maps.setAttribute("aria-label", set.captions.join(", "));
    } };
  },
  matrix() {
    const canvas = el("canvas", { role: "img", tabIndex: 0 });
    const hint = el("p.small.soft.number", { role: "status" });
    let at = [0, -1];
    const state = { node: el("div", {}, canvas, hint), update({ field: f, rowNames, columnNames }) {
      const values = floats(f.values);
      const width = canvas.clientWidth || 300;
      const label = rowNames.length && f.rows <= 40 ? 16 : 0;
      const height = Math.round(Math.min(width * f.rows / f.columns, 460));
      canvas.style.height = `${height}px`;
      const { pen, w, h } = paintMatrix(canvas, values, f.rows, f.columns, width, height);
      if (f.rows <= 12 && w > 24) {
        pen.textAlign = "center"; pen.textBaseline = "middle"; pen.fillStyle = colors().ink;
        pen.font = `${Math.min(12, h * 0.5)}px ${colors().font}`;
        values.forEach((value, i) => { if (value) pen.fillText(number(value, 3), (i % f.columns + 0.5) * w, (Math.floor(i / f.columns) + 0.5) * h); });
      }
      const say = (row, column) => {
        if (row < 0 || row >= f.rows || column < 0 || column >= f.columns) return;
        at = [row, column];
        hint.textContent = `${rowNames[row] ?? row} → ${columnNames[column] ?? column}: ${number(values[row * f.columns + column])}`;
      };
      canvas.onpointermove = (event) => say(Math.floor(event.offsetY / h), Math.floor(event.offsetX / w));
      canvas.onkeydown = (event) => {
        const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
        if (!move) return;
        event.preventDefault();
        say(at[0] + move[0], at[1] + move[1]);
      };
      if (!hint.textContent) hint.textContent = rowNames.length && f.rows <= 12 ? `↓ → ${rowNames.join(", ")}` : `${f.rows} × ${f.columns}`;
      canvas.setAttribute("aria-label", `${f.rows} × ${f.columns}${label ? `: ${rowNames.join(", ")}` : ""}`);
    } };
    return state;
  },
  memory() {
    const bars = el("div.bars");
    return { node: bars, update({ memory }) {
      const tags = Object.entries(memory).sort(([one, a], [other, b]) => b - a || one.localeCompare(other));
      const most = Math.max(tags[0][1], 1);
      while (bars.children.length < tags.length) bars.append(el("div", {}, el("span"), el("span", {}, el("b")), el("span")));
      tags.forEach(([tag, count], i) => {
        const [name, bar, value] = bars.children[i].children;
        name.textContent = t(tagWords[tag] ?? tag); value.textContent = size(count);
        bar.firstChild.style.width = `${100 * count / most}%`;
      });
    } };
  },
  layers() {
    const table = el("tbody");
    const node = el("div", {}, el("p.small.soft", {}, t("layersHint")), el("div.tablewrap", { tabIndex: 0, role: "region", "aria-label": t("layers") }, el("table", {},
      el("thead", {}, el("tr", {}, [t("layer"), t("weights"), t("deviation"), t("gradients"), t("deviation"), t("activations"), t("deviation"), t("deadUnits")].map((name) => el("th", { scope: "col" }, name)))), table)));
    return { node, update({ layers }) {
      const parts = ["weight", "gradient", "activation"];
      const tints = { weight: colors().series[0], gradient: colors().series[1], activation: colors().series[2] };
      while (table.children.length > layers.length) table.lastChild.remove();
      while (table.children.length < layers.length)
        table.append(el("tr", {}, el("th", { scope: "row" }), parts.flatMap(() => [el("td", {}, el("canvas", { width: 1, height: 1 })), el("td.number")]), el("td.number")));
      layers.forEach((layer, i) => {
        const cells = table.children[i].children;
        cells[0].textContent = layer.name;
        parts.forEach((part, k) => {
          const found = layer[part];
          const canvas = cells[1 + 2 * k].firstChild;
          canvas.hidden = !found;
          cells[2 + 2 * k].textContent = found ? number(found.deviation, 3) : "";
          if (!found) return;
          paintHistogram(canvas, found.counts, tints[part]);
          canvas.title = `${number(found.low)} … ${number(found.high)}${found.broken ? `, NaN/∞: ${found.broken}` : ""}`;
          cells[2 + 2 * k].className = found.broken ? "number dead" : "number";
        });
        const dead = cells[7];
        dead.textContent = layer.units ? `${layer.dead} / ${layer.units}` : "";
        dead.className = layer.dead ? "number dead" : "number";
      });
    } };
  },
};
