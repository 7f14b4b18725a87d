// The sets of points that the playground learns.

export const sets = ["moons", "spiral", "circle", "xor", "split", "diagonal", "simple", "points"];

/** A few points in 0…1 that show what a set looks like. */
export function sketch(set, own) {
  if (set === "points") return own.length ? own : [[0.3, 0.4, 0], [0.42, 0.62, 0], [0.68, 0.4, 1], [0.6, 0.62, 1]];
  const points = [];
  const rules = {
    simple: (x) => x < 0.5, diagonal: (x, y) => x + y < 0.5, split: (x) => x < 0.2 || x > 0.8,
    xor: (x, y) => x < 0.5 !== y < 0.5, circle: (x, y) => (x - 0.5) ** 2 + (y - 0.5) ** 2 > 0.1,
  };
  for (let i = 0; i < 40; i++) {
    if (set === "moons") {
      const a = Math.PI * (i >> 1) / 19;
      points.push(i % 2 ? [0.62 - 0.26 * Math.cos(a), 0.58 - 0.3 * Math.sin(a), 1] : [0.38 + 0.26 * Math.cos(a), 0.42 + 0.3 * Math.sin(a), 0]);
    } else if (set === "spiral") {
      const r = 0.04 + 0.42 * (i >> 1) / 19, a = 9 * r / 0.46;
      points.push(i % 2 ? [0.5 + r * Math.sin(a), 0.5 - r * Math.cos(a), 1] : [0.5 + r * Math.cos(a), 0.5 + r * Math.sin(a), 0]);
    } else {
      // The golden ratio spreads points evenly.
      const x = 0.06 + 0.88 * ((i * 0.7548776662) % 1), y = 0.06 + 0.88 * ((i * 0.5698402910) % 1);
      points.push([x, y, rules[set](x, y) ? 1 : 0]);
    }
  }
  return points;
}
