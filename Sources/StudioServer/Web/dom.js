// Small helpers: elements, requests, numbers.

/** el("button.main", {onclick}, "text", child…): an element with classes, properties and children. */
export function el(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key in node && !key.startsWith("aria")) node[key] = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const controls = "a[href], button, input, select, textarea, [tabindex]";
const nameOf = (control) => control.getAttribute("aria-label") ?? control.textContent;

/**
 * Replaces the children of a node. Where one of them had the keyboard's focus, the new one of its
 * name gets it, else the one in its place: a key must not throw its user out of a list.
 */
export function fill(node, ...children) {
  const focused = node.contains(document.activeElement) && document.activeElement !== node ? document.activeElement : null;
  const place = focused ? [...node.querySelectorAll(controls)].indexOf(focused) : -1;
  const name = focused && nameOf(focused);
  node.replaceChildren(...children.flat().filter(Boolean));
  if (!focused || focused.isConnected) return;
  const all = [...node.querySelectorAll(controls)].filter((control) => !control.disabled);
  (all.find((control) => nameOf(control) === name) ?? all[Math.min(place, all.length - 1)])?.focus({ preventScroll: true });
}

/** Sends JSON; the answer as JSON or text. Throws the text of a refusal or of a mistake. */
export async function post(path, body) {
  const response = await fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text.trim());
  if (!response.headers.get("Content-Type").startsWith("application/json")) return text;
  const answer = JSON.parse(text);
  if (answer.fault) throw new Error(answer.fault);
  return answer;
}

/** Bytes of base64. */
export function bytes(text) {
  const raw = atob(text);
  const array = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) array[i] = raw.charCodeAt(i);
  return array;
}

/** float32 of base64, little-endian. */
export function floats(text) {
  const array = bytes(text);
  const view = new DataView(array.buffer);
  const result = new Float32Array(array.length / 4);
  for (let i = 0; i < result.length; i++) result[i] = view.getFloat32(4 * i, true);
  return result;
}

/** Four significant digits, without noise. */
export function number(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(2).replace("e", "e").replace("-", "−");
  if (Number.isInteger(value)) return value.toLocaleString("en").replace("-", "−");
  return value.toPrecision(digits).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "").replace("-", "−");
}

export function duration(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
}

export function size(byteCount) {
  const units = ["B", "kB", "MB", "GB"];
  let i = 0;
  while (byteCount >= 1000 && i < 3) { byteCount /= 1000; i++; }
  return `${byteCount < 10 && i ? byteCount.toFixed(1) : Math.round(byteCount)} ${units[i]}`;
}

let noticeTimer;
export function notice(text) {
  const node = document.getElementById("notice");
  node.textContent = text;
  node.classList.add("shown");
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => node.classList.remove("shown"), 3500);
}

export async function copy(text) {
  try { await navigator.clipboard.writeText(text); } catch {
    const area = el("textarea", { value: text });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

/** A labelled control: the label is its name for everyone. */
export function field(label, control, output) {
  return el("label.field", {}, el("span", {}, el("span", {}, label), output), control);
}

export function choice(options, value, onchange) {
  const select = el("select", { onchange: () => onchange(select.value) },
    options.map(([key, name]) => el("option", { value: key }, name)));
  select.value = value;
  return select;
}

/** A slider over a list of values. */
export function slider(label, values, value, onchange, show = (x) => String(x)) {
  const output = el("b");
  const input = el("input", { type: "range", min: 0, max: values.length - 1, step: 1 });
  input.oninput = () => {
    output.textContent = show(values[input.value]);
    input.setAttribute("aria-valuetext", show(values[input.value]));
  };
  input.onchange = () => onchange(values[input.value]);
  const node = field(label, input, output);
  /** Moves it to the nearest value, and tells nobody. */
  node.show = (value) => {
    input.value = values.reduce((best, x, i) => Math.abs(x - value) < Math.abs(values[best] - value) ? i : best, 0);
    input.oninput();
  };
  node.show(value);
  return node;
}
