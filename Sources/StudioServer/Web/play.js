// Play: a small network in the plane, trained by the real framework while one looks.

import { bytes, choice, copy, el, field, fill, notice, number, post, slider } from "./dom.js";
import { LineChart, colors, context, paintField, paintPoints } from "./draw.js";
import { sets, sketch } from "./sets.js";
import { t } from "./words.js";

const defaults = {
  dataset: "moons", points: [], noise: 0.1, seed: 1, hidden: [6, 4], activation: "tanh", optimizer: "adam",
  learningRate: 0.03, penalty: "none", strength: 0.001, batchSize: 32, isMine: false, network: "",
};
/** The names of the parts that a learner's code can stand for, and the exercise behind each optimizer. */
const partNames = { operators: "operators", scalars: "scalars", kernels: "kernels", operations: "operations", layers: "layersPart", optimizer: "optimizer" };
/** What a learner's network can be made of, and the parts in it. */
const networks = { "": ["kernels", "layers", "optimizer"], operations: ["kernels", "operations"], scalars: ["operators", "scalars"] };
const defaultRule = { optimizer: defaults.optimizer, learningRate: defaults.learningRate };
const optimizerExercise = { sgd: "6.1", momentum: "6.1", adam: "6.2" };
const rates = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3];

/** Every choice is in the address; what is as usual is left out. */
function read(query) {
  const c = structuredClone(defaults);
  const numbers = ["noise", "seed", "learningRate", "strength", "batchSize"];
  for (const key of ["dataset", "activation", "optimizer", "penalty"]) if (query.has(key)) c[key] = query.get(key);
  for (const key of numbers) if (query.has(key) && Number.isFinite(+query.get(key))) c[key] = +query.get(key);
  c.isMine = query.get("isMine") === "true";
  if (c.isMine && networks[query.get("network")]) { c.network = query.get("network"); c.optimizer = "sgd"; }
  if (query.has("hidden")) c.hidden = query.get("hidden").split("-").filter(Boolean).map(Number).filter((w) => w >= 1 && w <= 16).slice(0, 6);
  if (query.has("points")) c.points = query.get("points").split("_").map((p) => p.split(",").map(Number)).filter((p) => p.length === 3 && p.every(Number.isFinite));
  return c;
}

function address(c) {
  const query = new URLSearchParams();
  for (const [key, usual] of Object.entries(defaults)) {
    const text = key === "hidden" ? c.hidden.join("-") : key === "points" ? c.points.map((p) => p.join(",")).join("_") : String(c[key]);
    const plain = key === "hidden" ? usual.join("-") : key === "points" ? "" : String(usual);
    if (text !== plain && (key !== "points" || c.dataset === "points")) query.set(key, text);
  }
  const text = query.toString().replaceAll("%2C", ",");
  return text ? `#/play?${text}` : "#/play";
}

export function show(main, at) {
  const play = new Playground(main, read(at.query));
  return {
    leave: () => play.leave(),
    moves(next) {
      // The page's own changes of the address come back here.
      if (address(read(next.query)) === address(play.configuration)) return true;
      return false;
    },
  };
}

class Playground {
  constructor(main, configuration) {
    this.configuration = configuration;
    this.speed = 5;
    this.isRunning = false;
    this.paintClass = 0;
    this.pen = [0.5, 0.5];
    this.chosen = null;
    this.opening = 0;
    this.build(main);
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(this.plane);
    this.observer.observe(this.stage);
    this.open();
  }

  leave() {
    this.isGone = true;
    this.source?.close();
    this.observer.disconnect();
  }

  // MARK: Sessions

  /** A new training: the configuration has changed. */
  async open() {
    const turn = ++this.opening;
    this.source?.close();
    this.picture = null;
    this.chosen = null;
    this.fault.hidden = true;
    history.replaceState(null, "", address(this.configuration));
    this.buildNetwork();
    const c = this.configuration;
    this.runButton.disabled = c.dataset === "points" && c.points.length < 2;
    if (this.runButton.disabled) {
      this.id = null;
      this.isRunning = false;
      this.labelRun();
      this.plane.setAttribute("aria-label", t("clickPoints"));
      this.view = { x: [0, 1], y: [0, 1], train: c.points, heldOut: [] };
      this.paint();
      return;
    }
    try {
      const opened = await post("api/play", this.wish());
      if (turn !== this.opening || this.isGone) return;
      this.id = opened.id;
      this.view = opened.view;
      this.paintCode(opened.parts);
    } catch (error) {
      notice(error.message);
      // An address from a learner's studio, opened in another one.
      if (c.isMine) this.change({ isMine: false, network: "" });
      return;
    }
    this.source = new EventSource(`api/play/${this.id}/pictures`);
    this.source.onmessage = (event) => {
      const picture = JSON.parse(event.data);
      if (!picture) return;
      if (picture.fault) { this.fault.textContent = picture.fault; this.fault.hidden = false; this.isRunning = false; this.labelRun(); return; }
      picture.answer = bytes(picture.answer);
      picture.units = picture.units.map((layer) => layer.map(bytes));
      this.picture = picture;
      this.frame ||= requestAnimationFrame(() => { this.frame = 0; this.paint(); });
    };
    // A session that has ended cannot come back: it begins anew.
    this.source.onerror = () => { if (this.source.readyState === 2 && !this.isGone) notice(t("lost")); };
    this.send({ speed: this.speed, run: this.isRunning });
  }

  /** The configuration as the studio reads it. */
  wish() { return { ...this.configuration, network: this.configuration.network || null }; }

  async send(command) {
    if (!this.id) return;
    try { await post(`api/play/${this.id}/command`, command); } catch (error) { notice(error.message); }
  }

  change(part) {
    Object.assign(this.configuration, part);
    if ("network" in part) this.buildSettings();
    this.paintSets();
    this.open();
  }

  run(isRunning) {
    this.isRunning = isRunning && Boolean(this.id);
    this.send({ run: this.isRunning });
    this.labelRun();
  }

  /** Whose code moves the network: Fledge's, or the learner's where there is some. */
  paintCode(parts) {
    this.code.hidden = !parts;
    if (!parts) return;
    const c = this.configuration;
    const choose = (isMine, name) => el("button", { type: "button", "aria-pressed": String(c.isMine === isMine), onclick: () => this.change({ isMine, network: "" }) }, name);
    const make = (network, name) => el("button", { type: "button", "aria-pressed": String(c.network === network), onclick: () => this.change({ network, ...(network ? { optimizer: "sgd", learningRate: 0.3 } : defaultRule) }) }, name);
    const list = (authorship, author) => authorship.filter((one) => one.author === author)
      .map((one) => one.exercise + (one.hasChanged ? ` (${t("changedSince")})` : "")).join(", ");
    const line = ({ name, authorship }) => {
      const used = name === "optimizer" ? authorship.filter((one) => one.exercise === optimizerExercise[c.optimizer]) : authorship;
      const [mine, other] = [list(used, "learner"), list(used, "reference")];
      const whose = [mine && `${t("yours")} ${mine}`, other && `${t("references")} ${other}`].filter(Boolean).join(" · ");
      return el("div", {}, el("dt", {}, t(partNames[name])), el("dd", {}, whose || t("fledges")));
    };
    fill(this.code, el("div.row", {}, el("span.soft", {}, t("whoseCode")), choose(true, t("myCode")), choose(false, t("fledgeCode"))),
      c.isMine ? el("div.row", {}, el("span.soft", {}, t("madeOf")), make("", t("tensorLayers")), make("operations", t("operations")), make("scalars", t("scalars"))) : null,
      c.isMine ? el("dl.code", {}, parts.filter((part) => networks[c.network].includes(part.name)).map(line)) : null);
  }

  labelRun() {
    this.runButton.textContent = t(this.isRunning ? "pause" : "train");
    this.runButton.setAttribute("aria-pressed", String(this.isRunning));
  }

  // MARK: The frame

  build(main) {
    const c = this.configuration;
    this.settings = el("section.card.settings");
    this.settings.setAttribute("aria-label", t("data"));
    this.buildSettings();

    this.runButton = el("button.main", { type: "button", onclick: () => this.run(!this.isRunning) });
    this.labelRun();
    this.counter = el("span.number", { role: "status" });
    const controls = el("div.card.controls", {},
      el("div.row", {}, this.runButton,
        el("button", { type: "button", onclick: () => { this.run(false); this.send({ steps: 1 }); } }, t("step")),
        el("button", { type: "button", onclick: () => { this.run(false); this.open(); } }, t("reset")),
        this.counter,
        el("div.row.right", {},
        this.swiftButton = el("button", { type: "button", onclick: () => this.showSwift() }, t("asSwift")),
        el("button", { type: "button", onclick: () => { copy(location.href); notice(t("shared")); } }, t("share")))));
    this.fault = el("p.dead", { role: "alert", hidden: true });
    this.code = el("div.stack.small", { hidden: true });
    controls.append(this.code, this.fault);
    this.layersNode = el("div.layers");
    this.links = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.links.setAttribute("aria-hidden", "true");
    this.stage = el("div.stage", {}, this.links, this.layersNode);
    this.networkHead = el("span.soft.small");
    const network = el("section.card", {},
      el("div.spread", {}, el("h2", {}, t("network")),
        el("div.row", {}, this.networkHead,
          el("button", { type: "button", "aria-label": t("removeLayer"), title: t("removeLayer"), onclick: () => this.change({ hidden: c.hidden.slice(0, -1) }) }, "−"),
          el("button", { type: "button", "aria-label": t("addLayer"), title: t("addLayer"), onclick: () => c.hidden.length < 6 && this.change({ hidden: [...c.hidden, c.hidden.at(-1) ?? 4] }) }, "+"))),
      el("div.network", {}, this.stage), el("p.soft.small", {}, t("networkHint")));
    network.setAttribute("aria-label", t("network"));

    this.plane = el("canvas.plane", { role: "img" });
    this.plane.onpointerdown = (event) => {
      const side = this.plane.clientWidth;
      this.addPoint(event.offsetX / side, 1 - event.offsetY / side, event.shiftKey);
    };
    this.plane.onkeydown = (event) => this.movePen(event);
    this.plane.onfocus = this.plane.onblur = () => this.paint();
    this.planeTitle = el("h2");
    this.backButton = el("button", { type: "button", hidden: true, onclick: () => { this.chosen = null; this.paint(); } }, t("backToOutput"));
    this.legend = el("div.legend");
    this.losses = new LineChart(t("loss"));
    const answer = el("section.card.answer", {}, el("div.spread", {}, this.planeTitle, this.backButton), this.plane, this.legend, this.losses.node);
    answer.setAttribute("aria-label", t("answerOf"));
    this.dialog = el("dialog");
    fill(main, el("div.play", {}, el("div.stack.middle", {}, controls, network), answer, this.settings), this.dialog);
  }

  buildSettings() {
    const c = this.configuration;
    this.setButtons = new Map();
    const buttons = sets.map((set) => {
      const canvas = el("canvas");
      const button = el("button", { type: "button", onclick: () => this.change({ dataset: set }) }, canvas, t(set));
      this.setButtons.set(set, { button, canvas });
      return button;
    });
    this.pointTools = el("div", { style: "display:grid;gap:8px" },
      el("p.soft.small", {}, t("clickPoints")),
      el("div.row", {}, [0, 1].map((label) => {
        const button = el("button", { type: "button", "aria-pressed": String(this.paintClass === label) }, t(`class${label}`));
        button.onclick = () => { this.paintClass = label; for (const other of button.parentNode.children) if (other.hasAttribute("aria-pressed")) other.setAttribute("aria-pressed", String(other === button)); };
        return button;
      }), el("button", { type: "button", onclick: () => this.change({ points: [] }) }, t("clearPoints"))));
    this.noise = slider(t("noise"), [0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5], c.noise, (noise) => this.change({ noise }));
    fill(this.settings, el("h2", {}, t("data")), el("div.sets", {}, buttons), this.pointTools, this.noise,
      slider(t("seed"), Array.from({ length: 20 }, (_, i) => i + 1), c.seed, (seed) => this.change({ seed })),
      slider(t("batchSize"), [1, 2, 4, 8, 16, 32, 64, 100, 200], c.batchSize, (batchSize) => this.change({ batchSize })),
      field(t("activation"), choice(["tanh", "relu", "gelu", "sigmoid", "linear"].map((a) => [a, a]), c.activation, (activation) => this.change({ activation }))),
      this.rule = field(t("optimizer"), choice([["sgd", "SGD"], ["momentum", "SGD + momentum"], ["rmsprop", "RMSprop"], ["adam", "Adam"], ["lion", "Lion"]], c.optimizer, (optimizer) => this.change({ optimizer }))),
      slider(t("learningRate"), rates, c.learningRate, (learningRate) => this.change({ learningRate })),
      field(t("regularization"), choice([["none", t("none")], ["l1", "L1"], ["l2", "L2"]], c.penalty, (penalty) => this.change({ penalty }))),
      this.strength = slider(t("strength"), [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3], c.strength, (strength) => this.change({ strength })),
      slider(t("speedSteps"), [1, 2, 5, 10, 20, 50, 100, 200, 500], this.speed, (speed) => { this.speed = speed; this.send({ speed }); }));
    requestAnimationFrame(() => this.paintSets());
  }

  /** The little pictures of the sets: a few points each, drawn here. */
  paintSets() {
    const c = this.configuration;
    this.pointTools.hidden = c.dataset !== "points";
    // Keys do something in it where it takes points.
    this.plane.tabIndex = c.dataset === "points" ? 0 : -1;
    this.noise.hidden = c.dataset === "points";
    this.strength.hidden = c.penalty === "none";
    // Numbers and operations learn by plain descent, and no program of Fledge's does the same.
    this.rule.hidden = this.swiftButton.hidden = Boolean(c.network);
    for (const [set, { button, canvas }] of this.setButtons) {
      button.setAttribute("aria-pressed", String(set === c.dataset));
      const side = canvas.clientWidth || 44;
      const pen = context(canvas, side, side);
      paintPoints(pen, sketch(set, c.points), [0, 1], [0, 1], side, side, { radius: side / 26 });
    }
  }

  // MARK: The network

  buildNetwork() {
    const c = this.configuration;
    this.networkHead.textContent = `${c.hidden.length} ${t(c.hidden.length === 1 ? "hiddenLayer" : "hiddenLayers")}`;
    this.unitCanvases = [];
    const column = (head, units) => el("div.layer", {}, el("div.head", {}, head), el("div.units", {}, units));
    const columns = [column("", ["x", "y"].map((name) => el("div.input", {}, name)))];
    c.hidden.forEach((width, layer) => {
      const canvases = [];
      const units = Array.from({ length: width }, (_, unit) => {
        const canvas = el("canvas");
        canvases.push(canvas);
        const button = el("button.unit", { type: "button", "aria-pressed": "false", title: `${t("unitOf")} ${layer + 1}.${unit + 1}` }, canvas);
        button.setAttribute("aria-label", `${t("unitOf")} ${layer + 1}.${unit + 1}`);
        button.onclick = () => {
          const isSame = this.chosen?.[0] === layer && this.chosen?.[1] === unit;
          this.chosen = isSame ? null : [layer, unit];
          this.paint();
        };
        return button;
      });
      this.unitCanvases.push(canvases);
      const set = (to) => { const hidden = [...c.hidden]; hidden[layer] = Math.min(Math.max(to, 1), 16); this.change({ hidden }); };
      columns.push(column([
        el("button", { type: "button", "aria-label": `${t("removeUnit")} ${layer + 1}`, onclick: () => set(width - 1) }, "−"), String(width),
        el("button", { type: "button", "aria-label": `${t("addUnit")} ${layer + 1}`, onclick: () => set(width + 1) }, "+")], units));
    });
    this.outputCanvas = el("canvas");
    columns.push(column(t("output"), el("button.unit", { type: "button", title: t("output"), "aria-label": t("backToOutput"), onclick: () => { this.chosen = null; this.paint(); } }, this.outputCanvas)));
    fill(this.layersNode, columns);
  }

  paintLinks() {
    const c = colors();
    const { weights } = this.picture;
    const box = this.stage.getBoundingClientRect();
    const columns = [...this.layersNode.children].map((column) =>
      [...column.querySelector(".units").children].map((unit) => {
        const r = unit.getBoundingClientRect();
        return { left: r.left - box.left, right: r.right - box.left, y: r.top - box.top + r.height / 2 };
      }));
    const parts = [];
    weights.forEach((rows, layer) => {
      const most = rows.flat().reduce((m, w) => Math.max(m, Math.abs(w ?? 0)), 0) || 1;
      rows.forEach((row, j) => row.forEach((weight, i) => {
        const [from, to] = [columns[layer][i], columns[layer + 1]?.[j]];
        if (!from || !to || weight === null) return;
        const strength = Math.abs(weight) / most;
        if (strength < 0.02) return;
        const color = `rgb(${(weight < 0 ? c.zero : c.one).join(" ")})`;
        const middle = (from.right + to.left) / 2;
        parts.push(`<path fill="none" stroke="${color}" stroke-opacity="${(0.18 + 0.72 * strength).toFixed(2)}" stroke-width="${(0.6 + 3.4 * strength).toFixed(2)}" d="M${from.right} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${to.left} ${to.y}"/>`);
      }));
    });
    this.links.innerHTML = parts.join("");
  }

  // MARK: Painting

  paint() {
    if (this.isGone || !this.view) return;
    const { view, picture } = this;
    const side = this.plane.clientWidth;
    if (!side) return;
    const unit = this.chosen && picture?.units[this.chosen[0]]?.[this.chosen[1]];
    this.backButton.hidden = !unit;
    this.planeTitle.textContent = unit ? `${t("unitOf")} ${this.chosen[0] + 1}.${this.chosen[1] + 1}` : t("answerOf");
    let pen;
    if (unit) pen = paintField(this.plane, (i) => (unit[i] - 128) / 127, 20, 20, { width: side, height: side, strength: 0.7 });
    else if (picture) pen = paintField(this.plane, (i) => picture.answer[i] / 127.5 - 1, 64, 64, { width: side, height: side, contour: true, strength: 0.62 });
    else pen = context(this.plane, side, side);
    paintPoints(pen, view.heldOut, view.x, view.y, side, side, { outlined: true, radius: side / 130 });
    paintPoints(pen, view.train, view.x, view.y, side, side, { radius: Math.max(3, side / 95) });
    if (this.configuration.dataset === "points" && document.activeElement === this.plane) {
      const [x, y] = [this.pen[0] * side, (1 - this.pen[1]) * side];
      pen.strokeStyle = colors().ink; pen.lineWidth = 1.500; pen.strokeRect(x - 6, y - 6, 12, 12);
    }
    this.paintLegend(unit);
    if (!picture) { this.counter.textContent = ""; this.links.innerHTML = ""; this.losses.draw([]); return; }
    this.counter.textContent = `${t("stepFact")} ${number(picture.step)} · ${t("epochFact")} ${number(picture.epoch)}`;
    picture.units.forEach((layer, l) => layer.forEach((values, u) => {
      const canvas = this.unitCanvases[l]?.[u];
      if (!canvas) return;
      paintField(canvas, (i) => (values[i] - 128) / 127, 20, 20, { width: canvas.clientWidth || 38, height: canvas.clientHeight || 38 });
      canvas.parentNode.setAttribute("aria-pressed", String(this.chosen?.[0] === l && this.chosen?.[1] === u));
    }));
    const { clientWidth: width, clientHeight: height } = this.outputCanvas;
    paintField(this.outputCanvas, (i) => picture.answer[i] / 127.5 - 1, 64, 64, { width: width || 38, height: height || 38 });
    this.paintLinks();
    const { curve } = picture;
    const c = colors();
    const series = [{ name: t("trainLoss"), x: curve.steps, y: curve.train, color: c.accent }];
    if (picture.heldOut) series.push({ name: t("heldOutLoss"), x: curve.steps, y: curve.heldOut, color: c.series[3], dashed: true });
    this.losses.draw(series, { height: 150 });
    const part = (measure) => `${(100 * measure.accuracy).toFixed(1)}%`;
    this.plane.setAttribute("aria-label", `${this.planeTitle.textContent}. ${t("trainLoss")} ${number(picture.train.loss)}, ${t("accuracy")} ${part(picture.train)}`);
  }

  paintLegend(unit) {
    const { picture, view } = this;
    const c = colors();
    const swatch = (color) => { const i = el("i"); i.style.background = `rgb(${color.join(" ")})`; return i; };
    const parts = unit
      ? [el("span", {}, swatch(c.zero), t("negative")), el("span", {}, swatch(c.one), `${t("positive")} (± ${number(picture.scales[this.chosen[0]], 3)})`)]
      : [el("span", {}, swatch(c.zero), `● ${t("class0")}`), el("span", {}, swatch(c.one), `■ ${t("class1")}`)];
    if (picture) {
      parts.push(el("span", {}, `${t("accuracy")} `, el("span.number", {}, `${(100 * picture.train.accuracy).toFixed(1)}%`),
        picture.heldOut ? [`, ${t("heldOutShort")} `, el("span.number", {}, `${(100 * picture.heldOut.accuracy).toFixed(1)}%`)] : []));
    }
    if (view.heldOut.length) parts.push(el("span", {}, t("heldOutPoints")));
    fill(this.legend, parts);
  }

  /** A point of the chosen class at x and y in 0…1, or of the other class. */
  addPoint(x, y, isOther) {
    const c = this.configuration;
    if (c.dataset !== "points" || c.points.length >= 1000) return;
    const round = (v) => Math.round(Math.min(Math.max(v, 0), 1) * 1000) / 1000;
    this.change({ points: [...c.points, [round(x), round(y), isOther ? 1 - this.paintClass : this.paintClass]] });
  }

  /** Points by keys: arrows move a pen, space sets a point. */
  movePen(event) {
    if (this.configuration.dataset !== "points") return;
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (move) this.pen = this.pen.map((v, i) => Math.min(1, Math.max(0, v + move[i] / 25)));
    else if (event.key === " ") this.addPoint(...this.pen, event.shiftKey);
    else return;
    event.preventDefault();
    this.paint();
  }

  async showSwift() {
    const steps = this.picture?.step || 500;
    let program;
    try { program = await post("api/play/swift", { configuration: this.wish(), steps }); } catch (error) { notice(error.message); return; }
    fill(this.dialog, el("div.card", {},
      el("div.spread", {}, el("h2", {}, t("asSwift")),
        el("div.row", {},
          el("button", { type: "button", onclick: () => { copy(program); notice(t("copied")); } }, t("copy")),
          this.id ? el("a.button", { href: `api/play/${this.id}/playground.safetensors`, download: "playground.safetensors" }, t("weightsFile")) : null,
          el("button", { type: "button", onclick: () => this.dialog.close() }, t("close")))),
      el("p.soft.small", {}, t("swiftHint")),
      el("pre.swift", { tabIndex: 0, role: "region", "aria-label": t("asSwift") }, program)));
    this.dialog.showModal();
  }
}
