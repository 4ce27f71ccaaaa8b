// Not gr.ImageEditor: it has neither lines, boxes nor fills, and sends its layers as files when a stroke ends.
// The value of this component is a PNG data URL of the canvas. It is sent when a stroke ends, and kept in the browser.
const pad = element.querySelector(".pad");
const canvas = element.querySelector("canvas");
const pen = canvas.getContext("2d", { willReadFrequently: true });
const side = canvas.width;
const inks = [...element.querySelectorAll(".ink")].map((button) => button.dataset.color);
const past = [], future = [];
const state = { color: pad.dataset.ink, tool: pad.dataset.tool, width: Number(pad.dataset.width) };
const PAINTED = "data:image/png;base64,";
const TRACED = "data:image/png;traced";  // how what was traced from a photo begins: it is not kept, whatever is added
let sent = null;      // what this pad sent last, so that an echo is not drawn again
let stroke = null;    // { start, last, before } while the pointer is down
let traced = false;   // whether the painting comes from a photo
let brought = null;   // what was painted when the page was open last

function show() {
  const mark = (selector, test) => element.querySelectorAll(selector).forEach(
    (button) => button.setAttribute("aria-pressed", String(test(button.dataset))));
  mark(".ink", (d) => d.color === state.color);
  mark(".tool", (d) => d.tool === state.tool);
  mark(".width", (d) => Number(d.width) === state.width);
}

function send(bare = false) {
  sent = canvas.toDataURL("image/png");
  kept.write(pad.dataset.name, traced || bare ? null : sent);
  props.value = sent;
  trigger("input");
}

const seen = () => ({ image: pen.getImageData(0, 0, side, side), traced });

function remember() {
  past.push(seen());
  if (past.length > 50) past.shift();
  future.length = 0;
}

// Undoing ends at what the page opens with; what comes later, such as an example, can be undone.
function open(url, later = true) {
  if (!url || url === sent) return;
  if (url === brought) {  // it is here already, or was painted on meanwhile
    if (sent) props.value = sent;
    return;
  }
  const image = new Image();
  image.onload = () => {
    if (image.naturalWidth !== side || image.naturalHeight !== side) return;
    if (later) remember();
    if (later && url !== kept.read(pad.dataset.name)) kept.write(pad.dataset.name, null);
    traced = url.startsWith(TRACED);
    pen.drawImage(image, 0, 0, side, side);
    canvas.dataset.ready = "true";
  };
  image.src = url;
}

// Sent as the tab opens, before the server has seen it and gives it back as the value.
function bring(url) {
  if (sent || typeof url !== "string" || !url.startsWith(PAINTED)) return;
  open(url, false);
  brought = url;
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  return { x: (event.clientX - box.left) * side / box.width, y: (event.clientY - box.top) * side / box.height };
}

function line(from, to) {
  pen.strokeStyle = state.color;
  pen.lineWidth = state.width;
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(from.x, from.y);
  pen.lineTo(to.x, to.y + (from.x === to.x && from.y === to.y ? 0.01 : 0));
  pen.stroke();
}

function fill(at) {
  const image = pen.getImageData(0, 0, side, side), data = image.data;
  const ink = [1, 3, 5].map((i) => parseInt(state.color.slice(i, i + 2), 16));
  const first = (Math.floor(at.y) * side + Math.floor(at.x)) * 4;
  const from = [data[first], data[first + 1], data[first + 2]];
  const seen = new Uint8Array(side * side), queue = [first / 4];
  const same = (p) => from.every((c, i) => Math.abs(c - data[p * 4 + i]) < 12);
  while (queue.length) {
    const p = queue.pop();
    if (seen[p] || !same(p)) continue;
    seen[p] = 1;
    const x = p % side;
    if (x > 0) queue.push(p - 1);
    if (x < side - 1) queue.push(p + 1);
    if (p >= side) queue.push(p - side);
    if (p < side * (side - 1)) queue.push(p + side);
  }
  seen.forEach((hit, p) => { if (hit) data.set(ink, p * 4); });
  pen.putImageData(image, 0, 0);
}

function drag(to) {
  if (state.tool === "brush") line(stroke.last, to);
  if (state.tool === "line" || state.tool === "box") pen.putImageData(stroke.before, 0, 0);
  if (state.tool === "line") line(stroke.start, to);
  if (state.tool === "box") {
    pen.fillStyle = state.color;
    pen.fillRect(stroke.start.x, stroke.start.y, to.x - stroke.start.x, to.y - stroke.start.y);
  }
  stroke.last = to;
}

canvas.addEventListener("pointerdown", (event) => {
  if (stroke || event.button !== 0) return;
  event.preventDefault();
  pad.focus({ preventScroll: true });
  canvas.setPointerCapture(event.pointerId);
  remember();
  const at = place(event);
  stroke = { start: at, last: at, before: past[past.length - 1].image, pointer: event.pointerId };
  if (state.tool === "fill") fill(at); else drag(at);
});
canvas.addEventListener("pointermove", (event) => {
  if (!stroke || event.pointerId !== stroke.pointer || state.tool === "fill") return;
  const steps = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
  (steps.length ? steps : [event]).forEach((step) => drag(place(step)));
});
for (const name of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(name, (event) => {
    if (!stroke || event.pointerId !== stroke.pointer) return;
    stroke = null;
    send();
  });
}

function step(from, to) {
  if (stroke || !from.length) return;
  to.push(seen());
  const back = from.pop();
  pen.putImageData(back.image, 0, 0);
  traced = back.traced;
  send();
}
const undo = () => step(past, future), redo = () => step(future, past);

function clear() {
  remember();
  traced = false;
  pen.fillStyle = inks[0];
  pen.fillRect(0, 0, side, side);
  send(true);
}

pad.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { color, tool, width } = button.dataset;
  if (color) state.color = color;
  if (tool) state.tool = tool;
  if (width) state.width = Number(width);
  if (button.classList.contains("undo")) undo();
  if (button.classList.contains("redo")) redo();
  if (button.classList.contains("clear")) clear();
  show();
});
pad.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if (!"zy".includes(key) || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  if (key === "y" || event.shiftKey) redo(); else undo();
});

pen.fillStyle = inks[0];
pen.fillRect(0, 0, side, side);
window.addEventListener("cgan-kept", (event) => bring(event.detail[pad.dataset.name]));
watch("value", () => open(props.value));
open(props.value, false);
show();
