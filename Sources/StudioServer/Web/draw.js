// Drawing on canvases: curves, fields over the plane, images, histograms. Sizes are CSS pixels.

import { el, number } from "./dom.js";

/** The colours of the scheme in force, read once per scheme. */
let palette = null;
export function colors() {
  if (palette) return palette;
  const style = getComputedStyle(document.documentElement);
  const get = (name) => style.getPropertyValue(name).trim();
  palette = {
    ink: get("--ink"), soft: get("--soft"), grid: get("--grid"), well: get("--well"), card: get("--card"),
    accent: get("--accent"), zero: rgb(get("--zero")), one: rgb(get("--one")), paper: rgb(get("--card")),
    series: Array.from({ length: 8 }, (_, i) => get(`--s${i}`)), font: style.fontFamily,
  };
  return palette;
}
export const forgetColors = () => { palette = null; };

/** How much larger the page's text is than on a laptop. */
export const textScale = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 15;

function rgb(hex) {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, value >> 8 & 255, value & 255];
}

/** The context of a canvas with as many pixels as the screen has there, and its size in CSS pixels. */
export function context(canvas, width, height) {
  const ratio = Math.min(devicePixelRatio || 1, 3);
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

/** About `count` round numbers that span low…high. */
export function ticks(low, high, count) {
  const raw = (high - low) / Math.max(1, count);
  if (!(raw > 0) || !Number.isFinite(raw)) return [low];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= raw) ?? raw;
  // Counted beforehand: where the span is as small as the rounding of the numbers, x + step may be x.
  const first = Math.ceil(low / step);
  const more = Math.floor(high / step + 1e-9) - first;
  if (!(step > 0 && more >= 0 && more < 100)) return [low];
  return Array.from({ length: more + 1 }, (_, i) => (first + i) * step || 0);
}

/**
 * The exponential moving average of a curve, corrected for its start. The weight is that of one of
 * evenly spaced points, at most a thousand: so a curve of more points looks no less smooth, and one
 * that is fine here and coarse there is as smooth here as there.
 */
export function smoothed(values, weight, x = null) {
  if (!(weight > 0)) return values;
  const unit = x && x.length > 1 ? (x.at(-1) - x[0]) / Math.min(x.length - 1, 1000) : 0;
  let [sum, mass] = [0, 0];
  return values.map((value, i) => {
    if (value === null || !Number.isFinite(value)) return value;
    const w = unit > 0 && i ? weight ** Math.max((x[i] - x[i - 1]) / unit, 0) : weight;
    sum = sum * w + value * (1 - w);
    mass = mass * w + (1 - w);
    return mass > 0 ? sum / mass : value;
  });
}

/** A chart of curves that keeps its canvas; draw(series, options) again as often as you like. */
export class LineChart {
  constructor(label) {
    this.canvas = el("canvas", { role: "img", tabIndex: 0 });
    this.canvas.setAttribute("aria-label", label);
    this.label = label;
    this.legend = el("div.legend");
    this.node = el("div.plot", {}, this.canvas, this.legend);
    this.pointer = null;
    this.series = [];
    this.canvas.onpointermove = (event) => { this.pointer = event.offsetX; this.paint(); };
    this.canvas.onpointerleave = () => { this.pointer = null; this.paint(); };
    this.canvas.onkeydown = (event) => {
      const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!move || !this.box) return;
      event.preventDefault();
      this.pointer = Math.min(Math.max((this.pointer ?? this.box.left) + move * 8, this.box.left), this.box.right);
      this.paint();
    };
    this.canvas.onblur = () => { this.pointer = null; this.paint(); };
    new ResizeObserver(() => this.paint()).observe(this.canvas);
  }

  /** series: {name, x, y, color?, faint?, dashed?}; options: {log, height, floor: {value, name}} */
  draw(series, options = {}) {
    this.series = series;
    this.options = options;
    this.paint();
  }

  paint() {
    const options = this.options ?? {};
    const width = this.canvas.clientWidth;
    const height = options.height ?? Math.round(Math.min(Math.max(width * 0.46, 150), 420));
    this.canvas.style.height = `${height}px`;
    if (!width) return;
    const c = colors();
    const pen = context(this.canvas, width, height);
    const scale = textScale();
    pen.font = `${11.500 * scale}px ${c.font}`;
    const usable = (v) => v !== null && Number.isFinite(v) && (!options.log || v > 0);
    let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const { x, y, faint } of this.series) {
      for (let i = 0; i < x.length; i++) {
        if (!usable(y[i])) continue;
        x0 = Math.min(x0, x[i]); x1 = Math.max(x1, x[i]);
        if (faint && y.length > 50) continue;
        y0 = Math.min(y0, y[i]); y1 = Math.max(y1, y[i]);
      }
    }
    if (options.floor && usable(options.floor.value)) y0 = Math.min(y0, options.floor.value);
    if (!(x1 >= x0)) { this.box = null; this.showLegend(null); return; }
    if (!(y1 >= y0)) [y0, y1] = [0, 1];
    if (x0 === x1) x1 += 1;
    const f = options.log ? Math.log10 : (v) => v;
    let [low, high] = [f(y0), f(y1)];
    // A flat curve lies in the middle, a tenth of its value from either edge.
    if (high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high))) { const half = options.log ? 0.5 : Math.abs(low) / 10 || 0.5; low -= half; high += half; }
    const margin = (high - low) * 0.06;
    if (options.log || low < 0 || low - margin > 0) low -= margin; else low = Math.min(low, 0);
    high += margin;
    const marks = options.log && high - low > 1.5
      ? ticks(Math.ceil(low), Math.floor(high), 5).filter(Number.isInteger).map((e) => 10 ** e)
      : options.log ? ticks(10 ** low, 10 ** high, 4).filter((v) => v > 0) : ticks(low, high, 4);
    // As many digits as tell the marks apart.
    const digits = Math.min(Math.max(3, Math.ceil(Math.log10(Math.max(Math.abs(y0), Math.abs(y1)) / (y1 - y0 || 1))) + 2), 8);
    const left = Math.max(...marks.map((v) => pen.measureText(number(v, digits)).width), 18) + 8;
    const box = { left, right: width - 8, top: 6, bottom: height - 20 * scale };
    this.box = box;
    const px = (x) => box.left + (x - x0) / (x1 - x0) * (box.right - box.left);
    const py = (y) => box.bottom - (f(y) - low) / (high - low) * (box.bottom - box.top);
    pen.textBaseline = "middle"; pen.textAlign = "right"; pen.lineWidth = 1;
    for (const mark of marks) {
      const y = Math.round(py(mark)) + 0.5;
      pen.strokeStyle = c.grid; pen.beginPath(); pen.moveTo(box.left, y); pen.lineTo(box.right, y); pen.stroke();
      pen.fillStyle = c.soft; pen.fillText(number(mark, digits), box.left - 6, y);
    }
    pen.textBaseline = "alphabetic"; pen.textAlign = "center";
    for (const mark of ticks(x0, x1, Math.max(2, width / (110 * scale)))) {
      const text = number(mark, 3);
      const half = pen.measureText(text).width / 2;
      pen.fillText(text, Math.min(Math.max(px(mark), box.left + half), box.right - half), height - 5);
    }
    if (options.floor && usable(options.floor.value)) {
      const y = py(options.floor.value);
      pen.strokeStyle = c.soft; pen.setLineDash([2, 3]); pen.beginPath(); pen.moveTo(box.left, y); pen.lineTo(box.right, y); pen.stroke(); pen.setLineDash([]);
      pen.textAlign = "right"; pen.fillStyle = c.soft;
      pen.fillText(options.floor.name, box.right - 2, y - 4);
    }
    pen.save();
    pen.beginPath(); pen.rect(box.left - 4, box.top - 4, box.right - box.left + 8, box.bottom - box.top + 8); pen.clip();
    pen.lineJoin = "round";
    this.series.forEach((series, index) => {
      pen.strokeStyle = series.color ?? c.series[index % 8];
      pen.globalAlpha = series.faint ? 0.28 : 1;
      pen.lineWidth = series.faint ? 1 : 2;
      pen.setLineDash(series.dashed ? [5, 4] : []);
      pen.beginPath();
      let isDown = false;
      for (let i = 0; i < series.x.length; i++) {
        if (!usable(series.y[i])) { isDown = false; continue; }
        const [x, y] = [px(series.x[i]), py(series.y[i])];
        isDown ? pen.lineTo(x, y) : pen.moveTo(x, y);
        isDown = true;
      }
      pen.stroke();
      if (series.x.length === 1 && usable(series.y[0])) {
        pen.fillStyle = pen.strokeStyle; pen.beginPath(); pen.arc(px(series.x[0]), py(series.y[0]), 3, 0, 7); pen.fill();
      }
    });
    pen.restore();
    let at = null;
    if (this.pointer !== null && this.pointer >= box.left) {
      at = x0 + (this.pointer - box.left) / (box.right - box.left) * (x1 - x0);
      pen.strokeStyle = c.soft; pen.globalAlpha = 0.6; pen.beginPath(); pen.moveTo(this.pointer, box.top); pen.lineTo(this.pointer, box.bottom); pen.stroke(); pen.globalAlpha = 1;
    }
    this.showLegend(at);
  }

  showLegend(at) {
    const c = colors();
    const items = [];
    this.series.forEach((series, index) => {
      if (series.faint || !series.x.length) return;
      const i = at === null ? series.x.length - 1 : nearest(series.x, at);
      const swatch = el("i");
      swatch.style.background = series.color ?? c.series[index % 8];
      items.push(el("span", {}, swatch, `${series.name} `, el("span.number", {}, number(series.y[i]))));
    });
    if (at !== null && this.series[0]?.x.length) items.unshift(el("span.number", {}, `@ ${number(Math.round(at))}`));
    this.legend.replaceChildren(...items);
    this.canvas.setAttribute("aria-label", `${this.label}: ${items.map((item) => item.textContent).join(", ")}`);
  }
}

function nearest(x, at) {
  let [low, high] = [0, x.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle] < at) low = middle + 1; else high = middle;
  }
  return low > 0 && at - x[low - 1] < x[low] - at ? low - 1 : low;
}

/** A colour between those of class 0 and class 1, by a number in −1…1; the card's colour at 0. */
function blend(value, strength, c) {
  const to = value < 0 ? c.zero : c.one;
  const part = Math.min(Math.abs(value), 1) * strength;
  return [0, 1, 2].map((i) => c.paper[i] + (to[i] - c.paper[i]) * part);
}

const scratch = document.createElement("canvas");

/**
 * Paints a field of `columns` × `rows` numbers in −1…1, rows from the lowest y up, over the canvas.
 * A large one gets bands and a line where it is 0; a small one is painted as it is.
 */
export function paintField(canvas, value, columns, rows, { width, height, strength = 0.85, contour = false } = {}) {
  const c = colors();
  const pen = context(canvas, width, height);
  scratch.width = columns; scratch.height = rows;
  const small = scratch.getContext("2d", { willReadFrequently: true });
  const image = small.createImageData(columns, rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let v = value((rows - 1 - row) * columns + column);
      if (contour) v = Math.round(v * 10) / 10;
      const [r, g, b] = blend(v, strength, c);
      const at = 4 * (row * columns + column);
      image.data[at] = r; image.data[at + 1] = g; image.data[at + 2] = b; image.data[at + 3] = 255;
    }
  }
  small.putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = true;
  // The samples lie on the edges, the pixels between them.
  const [dx, dy] = [width / (columns - 1) / 2, height / (rows - 1) / 2];
  pen.drawImage(scratch, -dx, -dy, width + 2 * dx, height + 2 * dy);
  if (contour) paintContour(pen, value, columns, rows, width, height, c);
  return pen;
}

/** The line where a field is 0, by marching squares. */
function paintContour(pen, value, columns, rows, width, height, c) {
  pen.strokeStyle = c.ink; pen.lineWidth = 1.600; pen.globalAlpha = 0.75; pen.beginPath();
  const x = (column) => column / (columns - 1) * width;
  const y = (row) => height - row / (rows - 1) * height;
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const a = value(row * columns + column), b = value(row * columns + column + 1);
      const d = value((row + 1) * columns + column), e = value((row + 1) * columns + column + 1);
      const cuts = [];
      if (a < 0 !== b < 0) cuts.push([x(column + a / (a - b)), y(row)]);
      if (b < 0 !== e < 0) cuts.push([x(column + 1), y(row + b / (b - e))]);
      if (d < 0 !== e < 0) cuts.push([x(column + d / (d - e)), y(row + 1)]);
      if (a < 0 !== d < 0) cuts.push([x(column), y(row + a / (a - d))]);
      for (let i = 0; i + 1 < cuts.length; i += 2) { pen.moveTo(...cuts[i]); pen.lineTo(...cuts[i + 1]); }
    }
  }
  pen.stroke(); pen.globalAlpha = 1;
}

/** Points over a field: filled ones, or outlined. */
export function paintPoints(pen, points, xs, ys, width, height, { outlined = false, radius = 3.600 } = {}) {
  const c = colors();
  for (const [x, y, label] of points) {
    const px = (x - xs[0]) / (xs[1] - xs[0]) * width, py = height - (y - ys[0]) / (ys[1] - ys[0]) * height;
    pen.beginPath();
    // Classes differ by shape as well as by colour.
    if (label) pen.rect(px - radius * 0.88, py - radius * 0.88, radius * 1.76, radius * 1.76); else pen.arc(px, py, radius, 0, 7);
    const color = `rgb(${(label ? c.one : c.zero).join(" ")})`;
    if (outlined) { pen.strokeStyle = color; pen.lineWidth = 1.400; pen.stroke(); }
    else { pen.fillStyle = color; pen.fill(); pen.strokeStyle = c.card; pen.lineWidth = 1; pen.stroke(); }
  }
}

/** A matrix of numbers as a picture, each cell by its part of `largest`, or of the largest magnitude. */
export function paintMatrix(canvas, values, rows, columns, width, height, largest) {
  const c = colors();
  const pen = context(canvas, width, height);
  const most = largest ?? (values.reduce((m, v) => Math.max(m, Math.abs(v)), 0) || 1);
  const [w, h] = [width / columns, height / rows];
  for (let i = 0; i < values.length; i++) {
    pen.fillStyle = `rgb(${blend(values[i] / most, 0.92, c).map(Math.round).join(" ")})`;
    pen.fillRect((i % columns) * w, Math.floor(i / columns) * h, w + 0.5, h + 0.5);
  }
  return { pen, w, h, most };
}

/** A histogram's bars. */
export function paintHistogram(canvas, counts, color) {
  const [width, height] = [canvas.clientWidth || 110, canvas.clientHeight || 26];
  const pen = context(canvas, width, height);
  const most = Math.max(...counts, 1);
  pen.fillStyle = color;
  const w = width / counts.length;
  // Roots: a peak at 0 would leave nothing else to see.
  counts.forEach((count, i) => {
    const h = Math.sqrt(count / most) * (height - 1);
    pen.fillRect(i * w, height - h, Math.max(w - 0.5, 0.5), h);
  });
}

/** One grey or coloured image, values in 0…1, channel by channel. */
export function paintImage(canvas, values, width, height, channels) {
  canvas.width = width; canvas.height = height;
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(width, height);
  const size = width * height;
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < 3; k++) {
      image.data[4 * i + k] = 255 * Math.min(Math.max(values[channels === 3 ? k * size + i : i], 0), 1);
    }
    image.data[4 * i + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
}
