// Not gr.LinePlot or gr.Image: several states a second are drawn from numbers.
// Value, as JSON: { step, steps, samples, field, d, best, low, high, modes, of, share, g, c, sure, pull, real? }, places being
// hundredths in base64, D 41 x 41 bytes in base64, rows from below; where D alone learns also held: true, minimax
// and non-saturating; { over: true } after the last.
const toy = element.querySelector(".toy"), plane = element.querySelector(".plane canvas"), chart = element.querySelector(".chart");
const PLAIN = { willReadFrequently: true };  // drawn by the processor: quicker where graphics are emulated
const pen = plane.getContext("2d", PLAIN), ink = chart.getContext("2d", PLAIN), EXTENT = 3, GRID = 41;
const shown = { ground: "d", arrows: true };
let state = null, real = null, past = [], states = 0, due = false;

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const places = (text) => new Int16Array(bytes(text).buffer);
const across = (v) => (v / 100 + EXTENT) / (2 * EXTENT) * plane.width;
const down = (v) => (EXTENT - v / 100) / (2 * EXTENT) * plane.height;
const ENDS = [[107, 163, 214], [244, 241, 236], [242, 166, 90]];

function color(value) {  // 0 to 255, blue over paper to orange
  const [from, to, t] = value < 128 ? [ENDS[0], ENDS[1], value / 128] : [ENDS[1], ENDS[2], (value - 128) / 127];
  return from.map((c, i) => c + t * (to[i] - c));
}

function ground(values) {
  const small = new OffscreenCanvas(GRID, GRID), image = new ImageData(GRID, GRID);
  for (let row = 0; row < GRID; row++) {
    for (let column = 0; column < GRID; column++) {
      image.data.set([...color(values[row * GRID + column]), 255], ((GRID - 1 - row) * GRID + column) * 4);
    }
  }
  small.getContext("2d", PLAIN).putImageData(image, 0, 0);
  const cell = plane.width / (GRID - 1);  // the outer points of the grid lie on the edge
  pen.imageSmoothingQuality = "high";
  pen.drawImage(small, -cell / 2, -cell / 2, plane.width + cell, plane.height + cell);
}

function stamp() {  // one dot, which is drawn again and again: much quicker than paths
  const sheet = new OffscreenCanvas(9, 9), brush = sheet.getContext("2d", PLAIN);
  brush.fillStyle = "rgba(220, 38, 38, .8)";
  brush.strokeStyle = "rgba(255, 255, 255, .8)";
  brush.arc(4.5, 4.5, 3, 0, 7);
  brush.fill();
  brush.stroke();
  return sheet;
}
const DOT = stamp();

function dots(points) {
  for (let i = 0; i < points.length; i += 2) pen.drawImage(DOT, across(points[i]) - 4.5, down(points[i + 1]) - 4.5);
}

function backdrop(points) {  // the real points, drawn once
  const sheet = new OffscreenCanvas(plane.width, plane.height), brush = sheet.getContext("2d", PLAIN);
  brush.fillStyle = "rgba(71, 85, 105, .55)";
  for (let i = 0; i < points.length; i += 2) brush.fillRect(across(points[i]) - 1.5, down(points[i + 1]) - 1.5, 3, 3);
  return sheet;
}

function arrows(points, pull) {
  pen.strokeStyle = "rgba(127, 29, 29, .75)";
  pen.lineWidth = 1.3;
  pen.beginPath();
  for (let i = 0; i < pull.length; i += 2) {
    pen.moveTo(across(points[i]), down(points[i + 1]));
    pen.lineTo(across(points[i] + pull[i]), down(points[i + 1] + pull[i + 1]));
  }
  pen.stroke();
}

function draw() {
  if (!state) return;
  const samples = places(state.samples);
  ground(bytes(shown.ground === "best" ? state.best : state.d));
  if (real) pen.drawImage(real, 0, 0);
  if (shown.arrows) arrows(samples, places(state.field));
  dots(samples);
  const plain = state.sure === null && shown.ground === "d";  // D's output is no probability
  element.querySelector(".low").textContent = plain ? `D: ${state.low.toFixed(1)}` : "D: made";
  element.querySelector(".high").textContent = plain ? state.high.toFixed(1) : "real";
}

function lines() {
  const { width, height } = chart, left = 52, bottom = height - 26, top = 12, low = -5, high = 2;
  const style = getComputedStyle(toy), words = style.getPropertyValue("--body-text-color-subdued") || "gray";
  const x = (step) => left + (width - left - 10) * step / (state?.steps || 1);
  const y = (value) => bottom - (bottom - top) * (Math.min(high, Math.max(low, Math.log10(Math.max(value, 1e-9)))) - low) / (high - low);
  ink.clearRect(0, 0, width, height);
  ink.font = "17px system-ui, sans-serif";
  ink.fillStyle = words;
  ink.strokeStyle = style.getPropertyValue("--border-color-primary") || "silver";
  ink.lineWidth = 1;
  ink.textAlign = "right";
  for (const [power, name] of [[-4, "0.0001"], [-2, "0.01"], [0, "1"], [2, "100"]]) {
    ink.beginPath();
    ink.moveTo(left, y(10 ** power));
    ink.lineTo(width - 10, y(10 ** power));
    ink.stroke();
    ink.fillText(power < -2 ? "10⁻⁴" : name, left - 6, y(10 ** power) + 6);
  }
  if (state) ink.fillText(`${state.steps} steps`, width - 10, height - 6);
  for (const [name, color] of [["c", "#3b82f6"], ["g", "#dc2626"]]) {
    ink.strokeStyle = color;
    ink.lineWidth = 2.5;
    ink.beginPath();
    past.filter((p) => p[name] !== null).forEach((p, i) => ink[i ? "lineTo" : "moveTo"](x(p.step), y(p[name])));
    ink.stroke();
  }
}

function number(value) {
  return value === null ? "–" : Math.abs(value) >= 0.1 || value === 0 ? value.toFixed(2) : value.toPrecision(2);
}

function meters() {
  const put = (name, text) => { element.querySelector(`.${name}`).textContent = text; };
  put("modes", `${state.modes} of ${state.of}`);
  put("share", `${Math.round(100 * state.share)} %`);
  put("sure", state.sure === null ? "no probability" : number(state.sure));
  put("pull", number(state.pull));
}

function tell(over) {
  const { step: at, steps } = state, who = state.held ? "D" : "the generator";
  const end = state.held ? `D is sure by ${number(state.sure)}.` : `${state.modes} of ${state.of} clusters covered.`;
  const status = element.querySelector(".status");
  status.setAttribute("aria-live", over ? "polite" : "off");  // not every step is read aloud
  status.textContent = over ? `${at === steps ? "Done" : "Stopped"} after ${at} steps of ${who}: ${end}` : `Step ${at} of ${steps} of ${who}`;
  toy.dataset.state = over ? "over" : "playing";
}

function name(words) {  // the chart's two lines
  element.querySelectorAll(".key b").forEach((node, i) => { node.textContent = words[i]; });
}

function show(value) {
  const given = value ? JSON.parse(value) : {};
  if (given.over && state) return tell(true);
  if (given.step === undefined) return;
  if (given.real) {
    name(given.held ? ["gradient of G, minimax", "gradient of G, non-saturating"] : ["gradient of G", "gradient of D"]);
    real = backdrop(places(given.real));
    past = [];
  }
  state = given;
  const [g, c] = given.held ? [given.minimax, given["non-saturating"]] : [given.g, given.c];
  past.push({ step: given.step, g, c });
  tell(false);
  toy.dataset.states = ++states;
  if (due) return;  // of states that come faster than they can be drawn, the last is
  due = true;
  requestAnimationFrame(() => { due = false; if (state) { draw(); lines(); meters(); } });
}
element.querySelector(".bar").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.show === "arrows") shown.arrows = !shown.arrows;
  else shown.ground = button.dataset.show;
  element.querySelectorAll(".bar button").forEach((b) => b.setAttribute(
    "aria-pressed", String(b.dataset.show === "arrows" ? shown.arrows : b.dataset.show === shown.ground)));
  draw();
});
watch("value", () => show(props.value));
show(props.value);
lines();
