// See inside: a digit through LeNet, a text through GPT, a formula node by node, strides.

import { el, field, fill, floats, notice, number, post } from "./dom.js";
import { colors, paintImage, paintMatrix, textScale } from "./draw.js";
import { t } from "./words.js";

const parts = { digit, attention, formula, strides };

export function show(main, at) {
  const name = parts[at.path[0]] ? at.path[0] : "digit";
  const body = el("div");
  const tabs = el("nav.tabs", {}, Object.keys(parts).map((part) =>
    el("a.button", { href: `#/inside/${part}`, "aria-current": part === name ? "page" : null }, t(part))));
  for (const tab of tabs.children) if (tab.hasAttribute("aria-current")) tab.style.borderColor = "var(--accent)";
  fill(main, tabs, body);
  return { leave: parts[name](body, at.query) };
}

const card = (title, ...children) => {
  const node = el("section.card", {}, el("h2", {}, title), ...children);
  node.setAttribute("aria-label", title);
  return node;
};

/** A bar for each choice; nodes are made once. */
function bars(node, choices) {
  while (node.children.length > choices.length) node.lastChild.remove();
  while (node.children.length < choices.length) node.append(el("div", {}, el("span.mono"), el("span", {}, el("b")), el("span")));
  const most = choices.reduce((m, { part }) => Math.max(m, part), 0) || 1;
  choices.forEach(({ name, part, isFaint }, i) => {
    const [label, bar, value] = node.children[i].children;
    label.textContent = name;
    bar.firstChild.style.width = `${100 * part / most}%`;
    bar.firstChild.style.opacity = isFaint ? 0.3 : 1;
    value.textContent = `${(100 * part).toFixed(1)}%`;
  });
}

/** Asks again while a network trains; the newest question wins. */
function asker(path, training, onAnswer) {
  let [isAsking, next, isGone] = [false, null, false];
  async function ask(wish) {
    next = wish;
    if (isAsking) return;
    isAsking = true;
    while (next && !isGone) {
      const mine = next;
      next = null;
      try {
        const answer = await post(path, mine);
        if (isGone) break;
        const waiting = answer.networks?.find((network) => !network.probabilities) ?? (answer.tokens || answer.networks ? null : answer);
        training.hidden = !waiting;
        training.textContent = waiting ? `${waiting.name ?? ""} ${t("training")} ${Math.round(100 * waiting.progress)}%`.trim() : "";
        if (answer.networks || answer.tokens) onAnswer(answer);
        if (waiting && !next) {
          await new Promise((done) => setTimeout(done, 200));
          next ??= mine;
        }
      } catch (error) { notice(error.message); }
    }
    isAsking = false;
  }
  return { ask, end() { isGone = true; } };
}

// MARK: A digit

const strokes = {
  3: [[8, 7], [14, 5], [19, 9], [14, 13], [20, 18], [14, 23], [8, 20]],
  7: [[7, 7], [20, 7], [13, 23]],
  2: [[8, 9], [13, 5], [19, 9], [8, 22], [21, 22]],
};

function digit(body) {
  const pixels = new Uint8Array(784);
  const pad = el("canvas.pad", { tabIndex: 0, role: "img" });
  pad.setAttribute("aria-label", `${t("digit")}. ${t("keysDraw")}`);
  const training = el("p.soft", { role: "status" });
  const networks = new Map();
  const guesses = el("div.duo");
  const cards = el("div.stack");
  const answers = asker("api/inside/digit", training, (answer) => {
    for (const { name, probabilities, layers } of answer.networks) {
      if (!probabilities) continue;
      if (!networks.has(name)) {
        const made = { guess: el("div.bars.compact", { "aria-label": name, role: "group" }), layers: el("div.stack") };
        networks.set(name, made);
        guesses.append(el("div", {}, el("p.soft.small", {}, name), made.guess));
        cards.append(card(name, made.layers));
      }
      const { guess, layers: node } = networks.get(name);
      bars(guess, probabilities.map((part, digit) => ({ name: String(digit), part })));
      paintLayers(node, layers);
    }
  });
  const ask = () => {
    let text = "";
    for (const value of pixels) text += String.fromCharCode(value);
    answers.ask({ pixels: btoa(text) });
  };
  let cursor = [14, 14], isDown = false;
  function paint() {
    paintImage(pad, Float32Array.from(pixels, (v) => v / 255), 28, 28, 1);
    if (document.activeElement === pad && cursor) {
      const pen = pad.getContext("2d");
      pen.strokeStyle = "#ff9a57"; pen.lineWidth = 0.4; pen.strokeRect(cursor[0] - 1, cursor[1] - 1, 2, 2);
    }
  }
  /** A round brush, soft at its edge. */
  function dab(x, y) {
    for (let row = Math.max(0, Math.floor(y - 3)); row <= Math.min(27, y + 3); row++) {
      for (let column = Math.max(0, Math.floor(x - 3)); column <= Math.min(27, x + 3); column++) {
        const far = Math.hypot(column + 0.5 - x, row + 0.5 - y);
        const i = row * 28 + column;
        pixels[i] = Math.max(pixels[i], Math.min(255, Math.max(0, 255 * (1.9 - far))));
      }
    }
  }
  function line([x0, y0], [x1, y1]) {
    const count = Math.ceil(Math.hypot(x1 - x0, y1 - y0) * 2) + 1;
    for (let i = 0; i <= count; i++) dab(x0 + (x1 - x0) * i / count, y0 + (y1 - y0) * i / count);
  }
  const at = (event) => [event.offsetX / pad.clientWidth * 28, event.offsetY / pad.clientHeight * 28];
  let last = null;
  pad.onpointerdown = (event) => { isDown = true; pad.setPointerCapture(event.pointerId); last = at(event); line(last, last); paint(); ask(); };
  pad.onpointermove = (event) => { if (!isDown) return; const next = at(event); line(last, next); last = next; paint(); ask(); };
  pad.onpointerup = pad.onpointercancel = () => { isDown = false; };
  pad.onfocus = pad.onblur = paint;
  pad.onkeydown = (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (move) cursor = [Math.min(27, Math.max(0, cursor[0] + move[0])), Math.min(27, Math.max(0, cursor[1] + move[1]))];
    else if (event.key === " ") { dab(...cursor); ask(); } else return;
    event.preventDefault();
    paint();
  };
  function example(digit) {
    pixels.fill(0);
    const points = strokes[digit];
    for (let i = 0; i + 1 < points.length; i++) line(points[i], points[i + 1]);
    paint();
    ask();
  }
  fill(body, el("div.inside", {},
    card(t("digit"), pad, el("div.row", {},
      el("button", { type: "button", onclick: () => { pixels.fill(0); paint(); ask(); } }, t("clear")),
      Object.keys(strokes).map((digit) => el("button", { type: "button", "aria-label": `${t("example")} ${digit}`, onclick: () => example(digit) }, digit))),
    el("p.soft.small", {}, `${t("drawHere")} ${t("keysDraw")}`), el("h2", {}, t("probabilities")), training, guesses),
    cards));
  example(3);
  return () => answers.end();
}

/** Each layer's answer: one map for each channel or head, or a strip where there are no rows. */
function paintLayers(node, layers) {
  while (node.children.length < layers.length) node.append(el("div", {}, el("p.soft.small.number"), el("div.maps", { role: "img" })));
  layers.forEach((layer, i) => {
    const [name, maps] = node.children[i].children;
    name.textContent = layer.name;
    maps.setAttribute("aria-label", layer.name);
    const values = floats(layer.values);
    const most = values.reduce((m, v) => Math.max(m, Math.abs(v)), 0) || 1;
    const [count, height, width] = layer.shape.length === 3 ? layer.shape : [1, 1, layer.shape[0]];
    maps.classList.toggle("tiny", height === 1);
    maps.classList.toggle("many", count > 16);
    while (maps.children.length < count) maps.append(el("canvas"));
    const size = width * height;
    for (let k = 0; k < count; k++) {
      const canvas = maps.children[k];
      const part = values.subarray(k * size, (k + 1) * size);
      if (height === 1) paintMatrix(canvas, part, 1, width, canvas.clientWidth || 300, canvas.clientHeight || 22, most);
      else if (layer.isSigned) paintMatrix(canvas, part, height, width, canvas.clientWidth || 58, canvas.clientHeight || 58, most);
      else paintImage(canvas, part.map((v) => v / most), width, height, 1);
    }
  });
}

// MARK: Attention

function attention(body) {
  let answer = null, head = [0, 0], chosen = null;
  const prompt = el("input", { type: "text", value: "The fox saw the ", maxLength: 47 });
  const training = el("p.soft", { role: "status" });
  const text = el("div.cells.mono");
  const map = el("canvas", { role: "img", tabIndex: 0 });
  const heads = el("div.row.wide-gap");
  const next = el("div.bars");
  const range = (label, max, step, value) => {
    const output = el("b", {}, String(value));
    const input = el("input", { type: "range", min: 0, max, step, value });
    input.oninput = () => { output.textContent = input.value; ask(); };
    return { input, node: field(label, input, output) };
  };
  const temperature = range(t("temperature"), 2, 0.05, 0.8);
  const topP = range(t("topP"), 1, 0.01, 0.95);
  const answers = asker("api/inside/text", training, (found) => { answer = found; chosen ??= found.tokens.length - 1; chosen = Math.min(chosen, found.tokens.length - 1); paint(); });
  const ask = () => answers.ask({ prompt: prompt.value, temperature: +temperature.input.value, topP: +topP.input.value, draw: Math.random() });
  const shown = (token) => token === "\n" ? "⏎" : token === " " ? "␣" : token;
  function paint() {
    if (!answer?.tokens) return;
    const { tokens, layers, heads: headCount } = answer;
    const count = tokens.length;
    fill(heads, Array.from({ length: layers }, (_, l) => el("div.row", {}, el("span.soft.small", {}, `${t("layer")} ${l + 1}, ${t("heads")}`),
      Array.from({ length: headCount }, (_, h) => {
        const button = el("button", { type: "button", "aria-pressed": String(head[0] === l && head[1] === h), onclick: () => { head = [l, h]; paint(); } }, String(h + 1));
        button.setAttribute("aria-label", `${t("layerHead")} ${l + 1}.${h + 1}`);
        return button;
      }))));
    const all = floats(answer.maps);
    const start = (head[0] * headCount + head[1]) * count * count;
    const values = all.subarray(start, start + count * count);
    const width = Math.min(map.parentNode.clientWidth - 4 || 300, 620 * textScale());
    map.style.width = map.style.height = `${width}px`;
    const { pen, h: side } = paintMatrix(map, values, count, count, width, width);
    const { ink, accent, font } = colors();
    pen.textBaseline = "middle"; pen.fillStyle = ink; pen.font = `${Math.min(13 * textScale(), side * 0.7)}px ${font}`;
    // Beside the diagonal, where nothing can be looked at: who looks.
    if (side > 9) tokens.forEach((token, i) => { if (i + 1 < count) pen.fillText(shown(token), (i + 1) * side + 4, (i + 0.5) * side); });
    pen.strokeStyle = accent; pen.lineWidth = 2; pen.strokeRect(1, chosen * side + 1, Math.max((chosen + 1) * side - 2, 2), side - 2);
    const choose = (row) => { chosen = Math.min(Math.max(row, 0), count - 1); paint(); };
    map.onclick = (event) => choose(Math.floor(event.offsetY / side));
    map.onkeydown = (event) => {
      const move = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!move) return;
      event.preventDefault();
      choose(chosen + move);
    };
    const strongest = values.subarray(chosen * count, chosen * count + chosen + 1).reduce((best, w, i, all) => (w > all[best] ? i : best), 0);
    map.setAttribute("aria-label", `${t("attention")} ${head[0] + 1}.${head[1] + 1}: ${chosen + 1} ${shown(tokens[chosen])} → ${strongest + 1} ${shown(tokens[strongest])}`);
    const c = colors();
    fill(text, tokens.map((token, i) => {
      const weight = values[chosen * count + i];
      const cell = el("button.cell", { type: "button", onclick: () => { chosen = i; paint(); } }, shown(token), el("small", {}, i <= chosen ? `${Math.round(100 * weight)}` : ""));
      cell.setAttribute("aria-pressed", String(i === chosen));
      cell.style.background = i <= chosen ? `color-mix(in srgb, rgb(${c.one.join(" ")}) ${Math.round(90 * weight)}%, var(--well))` : "";
      return cell;
    }));
    bars(next, answer.choices.map((choice) => ({ name: shown(choice.text), part: choice.probability, isFaint: !choice.isKept })));
  }
  prompt.oninput = () => { chosen = null; ask(); };
  const write = el("button.main", { type: "button", onclick: () => { if (answer) { prompt.value = (prompt.value + answer.next).slice(-47); chosen = null; ask(); } } }, t("writeOne"));
  fill(body, el("div.inside", {},
    card(t("attention"), field(t("prompt"), prompt), temperature.node, topP.node, el("div.row", {}, write), training, el("h2", {}, t("nextToken")), next),
    card("GPT", el("p.soft.small", {}, t("attentionHint")), heads, text, el("div", {}, map))));
  ask();
  const observer = new ResizeObserver(paint);
  observer.observe(body);
  return () => { answers.end(); observer.disconnect(); };
}

// MARK: A formula

function formula(body, query) {
  const input = el("input", { type: "text", value: query.get("f") ?? "a*b + tanh(c) * a", maxLength: 200, spellcheck: false });
  const values = {};
  for (const [key, value] of query) if (key !== "f") values[key] = value;
  const names = el("div.row");
  const fault = el("pre.sample.dead", { hidden: true, role: "alert" });
  const drawing = el("div.graph", { tabIndex: 0, role: "group" });
  drawing.setAttribute("aria-label", `${t("value")} · ${t("gradient")}. ${t("keysStep")}`);
  drawing.onkeydown = (event) => {
    const move = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: Infinity }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    moveTo(move);
  };
  const status = el("span.number", { role: "status" });
  let answer = null, at = 0;
  async function ask() {
    try { answer = await post("api/inside/formula", { formula: input.value, values }); fault.hidden = true; }
    catch (error) { fault.textContent = error.message; fault.hidden = false; }
    // The graph is that of the last formula without a mistake.
    drawing.classList.toggle("stale", !fault.hidden);
    if (!fault.hidden) return;
    const key = answer.names.join(" ");
    if (names.dataset.key !== key) {
      names.dataset.key = key;
      fill(names, answer.names.map((name) => {
        const box = el("input", { type: "text", value: answer.values[name], size: 6 });
        box.oninput = () => { values[name] = box.value; ask(); };
        return field(name, box);
      }));
    }
    history.replaceState(null, "", `#/inside/formula?${new URLSearchParams({ f: input.value, ...Object.fromEntries(answer.names.map((n) => [n, answer.values[n]])) })}`);
    at = Math.min(at || 2 * answer.nodes.length, 2 * answer.nodes.length);
    paint();
  }
  const moveTo = (to) => { at = Math.min(Math.max(to, 0), 2 * (answer?.nodes.length ?? 0)); paint(); };
  function paint() {
    if (!answer) return;
    const count = answer.nodes.length;
    status.textContent = at <= count ? `${t("forward")} ${at} / ${count}` : `${t("backward")} ${at - count} / ${count}`;
    fill(drawing, graph(answer.nodes, Math.min(at, count), Math.max(0, at - count)));
  }
  input.oninput = ask;
  fill(body, el("div.inside", {},
    card(t("formula"), field(t("formulaText"), input), names, fault, el("p.soft.small", {}, t("formulaHint")),
      el("div.row", {}, el("button", { type: "button", onclick: () => moveTo(at - 1) }, t("previous")),
        el("button.main", { type: "button", onclick: () => moveTo(at + 1) }, t("next")),
        el("button", { type: "button", onclick: () => moveTo(0) }, t("toStart")),
        el("button", { type: "button", onclick: () => moveTo(Infinity) }, t("atEnd"))), status, el("p.soft.small", {}, t("keysStep"))),
    card(`${t("value")} · ${t("gradient")}`, drawing)));
  ask();
  return () => {};
}

/** The graph in columns by depth: values of the first `forward` nodes, gradients of the last `backward`. */
function graph(nodes, forward, backward) {
  const svg = (tag, attributes, ...children) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const depth = [];
  nodes.forEach((node, i) => { depth[i] = node.inputs.length ? 1 + Math.max(...node.inputs.map((j) => depth[j])) : 0; });
  const columns = [];
  nodes.forEach((_, i) => (columns[depth[i]] ??= []).push(i));
  const [w, h, dx, dy] = [136, 62, 186, 84];
  const tallest = Math.max(...columns.map((column) => column.length));
  const place = [];
  columns.forEach((column, c) => column.forEach((i, r) => { place[i] = [8 + c * dx, 34 + (tallest - column.length) * dy / 2 + r * dy]; }));
  const [width, height] = [columns.length * dx - dx + w + 16, tallest * dy + 46];
  const scale = textScale();
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, width: width * scale, height: height * scale, role: "img" });
  const said = [];
  nodes.forEach((node, i) => node.inputs.forEach((j) => {
    const [x0, y0, x1, y1] = [place[j][0] + w, place[j][1] + h / 2, place[i][0], place[i][1] + h / 2];
    // Past the nodes of the columns between, above them or below.
    const isLong = depth[i] > depth[j] + 1;
    const away = isLong ? (y0 < height / 2 ? -dy * 0.62 : dy * 0.62) : 0;
    const bend = (x1 - x0) / 2;
    root.append(svg("path", { d: isLong
      ? `M${x0} ${y0}C${x0 + 36} ${y0} ${x0 + 14} ${y0 + away} ${x0 + bend} ${y0 + away}S${x1 - 36} ${y1} ${x1} ${y1}`
      : `M${x0} ${y0}C${x0 + bend} ${y0} ${x0 + bend} ${y1} ${x1} ${y1}` }));
  }));
  nodes.forEach((node, i) => {
    const [x, y] = place[i];
    const [hasValue, hasGradient] = [i < forward, node.gradient !== null && node.gradient !== undefined && i >= nodes.length - backward];
    const isNow = backward ? i === nodes.length - backward : i === forward - 1;
    const text = (dy, words, name = "") => { const e = svg("text", { x: x + 9, y: y + dy, class: name }); e.textContent = words.length > 17 ? words.slice(0, 16) + "…" : words; return e; };
    root.append(svg("g", { class: isNow ? "on" : "" }, svg("rect", { x, y, width: w, height: h, rx: 9 }), text(18, node.name),
      text(36, hasValue ? node.value : "·"), text(53, hasGradient ? `∂ ${node.gradient}` : "", "grad")));
    if (hasValue) said.push(`${node.name} = ${node.value}${hasGradient ? `, ∂ ${node.gradient}` : ""}`);
  });
  root.setAttribute("aria-label", said.join("; "));
  return root;
}

// MARK: Strides

function strides(body) {
  let shape = [3, 4], views = [], answer = null, chosen = 0;
  const size = el("input", { type: "text", value: "3 4", size: 8 });
  const reshape = el("input", { type: "text", value: "2 6", size: 8 });
  const sizes = (text) => text.split(/[^0-9]+/).filter(Boolean).map(Number);
  const history = el("div.row");
  const facts = el("dl.facts");
  const buffer = el("div.cells");
  const view = el("div.graph");
  const formulaLine = el("p.mono");
  const copied = el("p.soft.small", { hidden: true }, `* ${t("copies")}`);
  const bufferCard = card(t("buffer"), copied, buffer);
  async function ask(nextShape, nextViews) {
    try { answer = await post("api/inside/strides", { shape: nextShape, views: nextViews }); [shape, views] = [nextShape, nextViews]; chosen = 0; paint(); }
    catch (error) { notice(error.message); }
  }
  const last = () => answer.stages.at(-1);
  const add = (made) => made && ask(shape, [...views, { ...made }]);
  const tools = [
    [t("transpose"), () => { const order = last().shape.map((_, i) => i); if (order.length < 2) return null; [order[order.length - 2], order[order.length - 1]] = [order.length - 1, order.length - 2]; return { kind: "permute", sizes: order, title: "transpose" }; }],
    [t("flip"), () => ({ kind: "permute", sizes: last().shape.map((_, i, all) => all.length - 1 - i), title: "permute" })],
    [t("half"), () => ({ kind: "slice", axis: 0, start: 0, step: 1, count: Math.max(1, last().shape[0] >> 1), title: "[:n/2]" })],
    [t("every2"), () => ({ kind: "slice", axis: last().shape.length - 1, start: 0, step: 2, count: Math.min(8, (last().shape.at(-1) + 1) >> 1), title: "[…, ::2]" })],
  ].map(([name, make]) => el("button", { type: "button", onclick: () => add(make()) }, name));
  function paint() {
    const stage = last();
    const rank = stage.shape.length;
    fill(history, el("button", { type: "button", onclick: () => ask(shape, []) }, `[${shape.join(", ")}]`),
      views.map((made, i) => el("button", { type: "button", onclick: () => ask(shape, views.slice(0, i + 1)) }, `${made.title}${answer.stages[i + 1].isCopy ? " *" : ""}`)));
    const rows = [[t("shape"), `[${stage.shape.join(", ")}]`], [t("stridesOf"), `[${stage.strides.join(", ")}]`], [t("offset"), String(stage.offset)], [t("contiguous"), t(stage.isContiguous ? "yes" : "no")]];
    fill(facts, rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd.mono", {}, value))));
    // The buffer that the view reads: after a copy, a new one.
    const copyAt = answer.stages.findLastIndex((one) => one.isCopy);
    const base = copyAt < 0 ? answer.stages[0] : answer.stages[copyAt];
    copied.hidden = copyAt < 0;
    bufferCard.firstChild.textContent = t(copyAt < 0 ? "buffer" : "newBuffer");
    const used = new Set(stage.places);
    fill(buffer, base.values.map((value, i) => {
      const cell = el(`span.cell${i === stage.places[chosen] ? ".on" : ""}`, {}, String(value), el("small", {}, String(i)));
      cell.style.opacity = used.has(i) ? 1 : 0.35;
      return cell;
    }));
    const columns = stage.shape.at(-1);
    const rowsOf = stage.places.length / columns;
    const table = el("div.tensor");
    table.style.gridTemplateColumns = `repeat(${columns}, auto)`;
    for (let i = 0; i < rowsOf * columns; i++) {
      const cell = el(`button${i === chosen ? ".on" : ""}`, { type: "button", onclick: () => { chosen = i; paint(); } }, String(stage.values[i]));
      if (rank > 2 && i % (columns * stage.shape.at(-2)) < columns && i >= columns) cell.style.marginTop = "10px";
      table.append(cell);
    }
    fill(view, table);
    const index = [];
    let rest = chosen;
    for (const n of [...stage.shape].reverse()) { index.unshift(rest % n); rest = Math.floor(rest / n); }
    formulaLine.textContent = `[${index.join(", ")}] → ${stage.offset}${index.map((k, a) => ` + ${k}·${stage.strides[a]}`).join("")} = ${number(stage.places[chosen])}`;
  }
  size.onchange = () => ask(sizes(size.value), []);
  fill(body, el("div.inside", {},
    card(t("strides"), field(t("shape"), size), el("h2", {}, t("addView")), el("div.row", {}, tools),
      el("div.row.low", {}, field(t("reshape"), reshape), el("button", { type: "button", onclick: () => add({ kind: "reshape", sizes: sizes(reshape.value), title: `reshape ${sizes(reshape.value).join("×")}` }) }, t("apply")))),
    el("div", { style: "display:grid;gap:var(--gap);min-width:0" },
      card(t("viewNow"), el("p.soft.small", {}, t("goBack")), history, facts, view, formulaLine, el("p.soft.small", {}, t("elementAt"))),
      bufferCard)));
  ask(shape, views);
  return () => {};
}
