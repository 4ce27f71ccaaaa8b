// Nothing of Gradio's puts dots on a picture; the photo is no file on the server's disk.
// Value from the server, as JSON: { photo: data URL, faces: [[x, y, x, y], ...], words }, in shares of the photo's sides.
// Value to the server: { eyes: [x, y, x, y] }, when a dot was put somewhere or another face chosen.
const marker = element.querySelector(".marker"), frame = element.querySelector(".frame");
const dots = [...element.querySelectorAll(".eye")], others = element.querySelector(".others");
let faces = [], eyes = null, moving = null, sent = null;

function place(node, x, y) {
  node.style.left = `${100 * x}%`;
  node.style.top = `${100 * y}%`;
}

function show() {
  dots.forEach((dot, i) => place(dot, eyes[2 * i], eyes[2 * i + 1]));
  others.replaceChildren(...faces.filter((face) => face !== eyes).map((face) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "other";
    button.textContent = String(faces.indexOf(face) + 1);
    button.setAttribute("aria-label", `Face ${faces.indexOf(face) + 1}: choose it`);
    button.style.width = `${220 * Math.abs(face[2] - face[0])}%`;
    place(button, (face[0] + face[2]) / 2, (face[1] + face[3]) / 2);
    button.addEventListener("pointerdown", (event) => event.stopPropagation());
    button.addEventListener("click", () => { eyes = face; show(); send(); });
    return button;
  }));
}

function send() {
  sent = JSON.stringify({ eyes });
  props.value = sent;
  trigger("input");
}

function open(value) {
  if (!value || value === sent) return;
  const given = JSON.parse(value);
  marker.hidden = !given.photo;
  if (!given.photo) return;
  element.querySelector("img").src = given.photo;
  element.querySelector(".words").textContent = given.words;
  faces = given.faces;
  eyes = faces[0] ?? [0.42, 0.4, 0.58, 0.4];
  show();
}

function at(event) {
  const box = frame.getBoundingClientRect(), inside = (v) => Math.min(1, Math.max(0, v));
  return [inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height)];
}

// A dot put elsewhere makes a new face of it: the found ones stay as they were.
function move(dot, [x, y]) {
  if (faces.includes(eyes)) { faces = faces.filter((face) => face !== eyes); eyes = [...eyes]; faces.unshift(eyes); }
  eyes[2 * dot] = x;
  eyes[2 * dot + 1] = y;
  place(dots[dot], x, y);
}

frame.addEventListener("pointerdown", (event) => {
  if (!eyes || event.button !== 0 || !frame.clientHeight) return;
  event.preventDefault();
  const [x, y] = at(event);
  const far = (i) => Math.hypot((eyes[2 * i] - x) * frame.clientWidth, (eyes[2 * i + 1] - y) * frame.clientHeight);
  moving = far(0) <= far(1) ? 0 : 1;
  dots[moving].focus({ preventScroll: true });
  frame.setPointerCapture(event.pointerId);
  move(moving, [x, y]);
});
frame.addEventListener("pointermove", (event) => { if (moving !== null) move(moving, at(event)); });
for (const name of ["pointerup", "pointercancel"]) {
  frame.addEventListener(name, () => { if (moving !== null) { moving = null; send(); } });
}
dots.forEach((dot, i) => dot.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!step) return;
  event.preventDefault();
  move(i, [eyes[2 * i] + step[0] * 0.005, eyes[2 * i + 1] + step[1] * 0.005].map((v) => Math.min(1, Math.max(0, v))));
  send();
}));
watch("value", () => open(props.value));
open(props.value);
