// No stock component points from a place of one picture at its match in another.
// Value, as JSON: { picture: data URL, references: [{ url, words, patch: [width, height] }, ...],
// grid: { rows, columns, data } }, or { words } for no reference; {} hides it. `data` is base64 of little-endian 16-bit
// numbers, four for each place: which reference, then as shares of 65535 its middle across and down, and the score.
const section = element.querySelector(".origins"), board = element.querySelector(".board"), found = element.querySelector(".found");
const frame = element.querySelector(".picture .frame"), told = element.querySelector(".told"), words = element.querySelector(".words");
const HINT = "Point at a place of your picture to see where its detail comes from.";
let given = null, numbers = null, place = [0, 0];

function reference(item, index) {
  const figure = document.createElement("figure"), box = document.createElement("div"), image = document.createElement("img");
  const spot = document.createElement("i"), caption = document.createElement("figcaption");
  box.className = "frame";
  image.src = item.url;
  image.alt = `Reference ${index + 1} in its colours; parts that nothing was taken from are grey`;
  spot.className = "spot";
  caption.textContent = `Reference ${index + 1} ${item.words}`;
  box.append(image, spot);
  figure.append(box, caption);
  return figure;
}

function mark(spot, x, y, width, height) {
  spot.classList.add("on");
  spot.style.left = `${100 * x}%`;
  spot.style.top = `${100 * y}%`;
  spot.style.width = `${100 * width}%`;
  spot.style.height = `${100 * height}%`;
}

function clear() {
  element.querySelectorAll(".spot").forEach((spot) => spot.classList.remove("on"));
  element.querySelectorAll(".chosen").forEach((figure) => figure.classList.remove("chosen"));
  told.textContent = HINT;
}

function point(column, row) {
  const { rows, columns } = given.grid;
  place = [Math.min(columns - 1, Math.max(0, column)), Math.min(rows - 1, Math.max(0, row))];
  const start = 8 * (place[1] * columns + place[0]), [which, x, y, score] = [0, 2, 4, 6].map((k) => numbers.getUint16(start + k, true));
  const figure = found.children[which], patch = given.references[which].patch;
  clear();
  figure.classList.add("chosen");
  mark(frame.querySelector(".spot"), (place[0] + 0.5) / columns, (place[1] + 0.5) / rows, 3 / columns, 3 / rows);
  mark(figure.querySelector(".spot"), x / 65535, y / 65535, ...patch);
  told.textContent = `This place: reference ${which + 1}, match ${(score / 65535).toFixed(2)}.`;
}

function show(value) {
  if (!value) return;
  given = JSON.parse(value);
  section.hidden = !given.picture && !given.words;
  board.hidden = told.hidden = !given.picture;
  words.hidden = !given.words;
  words.textContent = given.words ?? "";
  if (!given.picture) return;
  const bytes = Uint8Array.from(atob(given.grid.data), (c) => c.charCodeAt(0));
  numbers = new DataView(bytes.buffer);
  frame.querySelector("img").src = given.picture;
  found.style.setProperty("--across", given.references.length > 1 ? 2 : 1);
  found.replaceChildren(...given.references.map(reference));
  clear();
}

function at(event) {
  const box = frame.getBoundingClientRect(), { rows, columns } = given.grid;
  point(Math.floor((event.clientX - box.left) / box.width * columns), Math.floor((event.clientY - box.top) / box.height * rows));
}
frame.addEventListener("pointermove", at);
frame.addEventListener("pointerdown", at);
frame.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") clear(); });
frame.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!step) return;
  event.preventDefault();
  point(place[0] + step[0], place[1] + step[1]);
});
watch("value", () => show(props.value));
show(props.value);
