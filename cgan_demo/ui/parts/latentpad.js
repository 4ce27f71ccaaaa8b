// Nothing of Gradio's is a slider of two dimensions.
// Value from the server, as JSON: { map: url, corners: [four names] }.
// Value to the server: { x, y, at: time }, in shares from the upper left, whenever the dot moves.
const pad = element.querySelector(".pad"), canvas = element.querySelector("canvas"), pen = canvas.getContext("2d");
const wander = element.querySelector(".wander"), side = canvas.width;
const dot = { x: 0.5, y: 0.5 }, WANDERING = 60000;  // ms
let sent = null, map = null, dragging = null, timer = null, maps = 0, corners = [];

function draw() {
  pen.clearRect(0, 0, side, side);
  if (map) pen.drawImage(map, 0, 0, side, side);
  const x = dot.x * side, y = dot.y * side;
  pen.lineWidth = 1.5;
  pen.strokeStyle = "rgba(255, 255, 255, .55)";
  pen.beginPath();
  pen.moveTo(x, 0); pen.lineTo(x, side); pen.moveTo(0, y); pen.lineTo(side, y);
  pen.stroke();
  for (const [radius, color] of [[15, "rgba(15, 23, 42, .85)"], [12, "white"], [8, "#0d9488"]]) {
    pen.fillStyle = color;
    pen.beginPath();
    pen.arc(Math.min(Math.max(x, 9), side - 9), Math.min(Math.max(y, 9), side - 9), radius, 0, 7);
    pen.fill();
  }
}

function go(x, y) {
  const held = (v) => Math.min(1, Math.max(0, Math.round(v * 1000) / 1000));
  dot.x = held(x);
  dot.y = held(y);
  draw();
  sent = JSON.stringify({ ...dot, at: Date.now() });
  props.value = sent;
  trigger("input");
}

function tell() {
  element.querySelector(".words").textContent = `${Math.round(100 * dot.x)} % across, ${Math.round(100 * dot.y)} % down`;
}

function stop() {
  clearInterval(timer);
  timer = null;
  wander.setAttribute("aria-pressed", "false");
}

function start() {  // on a curve that never quite closes, from where the dot is
  const began = Date.now(), phases = [dot.x, dot.y].map((v) => Math.asin(Math.max(-1, Math.min(1, (v - 0.5) / 0.46))));
  wander.setAttribute("aria-pressed", "true");
  timer = setInterval(() => {
    const gone = Date.now() - began;
    if (gone > WANDERING || document.hidden || !canvas.isConnected || !canvas.offsetParent) return stop();
    go(0.5 + 0.46 * Math.sin(phases[0] + gone / 1700), 0.5 + 0.46 * Math.sin(phases[1] + gone / 2300));
  }, 60);
}

function at(event) {
  const box = canvas.getBoundingClientRect();
  go((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
}
canvas.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  event.preventDefault();
  canvas.focus({ preventScroll: true });
  canvas.setPointerCapture(event.pointerId);
  dragging = event.pointerId;
  stop();
  at(event);
});
canvas.addEventListener("pointermove", (event) => { if (event.pointerId === dragging) at(event); });
for (const name of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(name, (event) => { if (event.pointerId === dragging) { dragging = null; tell(); } });
}
canvas.addEventListener("keydown", (event) => {
  const step = event.shiftKey ? 0.2 : 0.05;
  const ways = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
  const places = { Home: [0, 0], PageUp: [1, 0], PageDown: [0, 1], End: [1, 1] };
  if (!ways[event.key] && !places[event.key]) return;
  event.preventDefault();
  stop();
  if (places[event.key]) go(...places[event.key]);
  else go(dot.x + ways[event.key][0], dot.y + ways[event.key][1]);
  tell();
});
wander.addEventListener("click", () => (timer ? stop() : start()));
element.querySelector(".snap").addEventListener("click", () => { stop(); go(Math.round(dot.x), Math.round(dot.y)); tell(); });
element.querySelector(".middle").addEventListener("click", () => { stop(); go(0.5, 0.5); tell(); });

function show(value) {
  if (!value || value === sent) return;
  const given = JSON.parse(value);
  if (!given.map) return;
  corners = given.corners;
  element.querySelectorAll(".names span").forEach((span, i) => { span.textContent = corners[i]; });
  const image = new Image();
  image.onload = () => { map = image; draw(); pad.dataset.maps = ++maps; };
  image.src = given.map;
}
watch("value", () => show(props.value));
show(props.value);
draw();
