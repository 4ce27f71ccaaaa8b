// Value from the server, as JSON: { items: [{ seed, url }, ...] }.
// Value to the server: { seed, at: time }, when a picture was clicked. What each is used for is read off the page's own
// fields, which keep it in `cganMarks` and say so with the event "cgan-marks", without asking the server.
const section = element.querySelector(".samples"), grid = element.querySelector(".grid");
let sent = null, shown = 0;

function uses() {  // seed -> what it is used for, in the section that is open
  const marks = new Map(), seeds = (text) => (text ?? "").split(/[\s,;]+/).filter(Boolean);
  const add = (text, name) => seeds(text).forEach((seed, i) => marks.set(seed, [...(marks.get(seed) ?? []), name(i)]));
  const fields = window.cganMarks;
  if (!fields) return marks;
  if (fields.section === "walk") { add(fields.a, () => "A"); add(fields.b, () => "B"); add(fields.tour, (i) => `${i + 1}`); }
  if (fields.section === "pad") add(fields.corners, (i) => "↖↗↙↘"[i] ?? "");
  if (fields.section === "mix") { add(fields.mixA, () => "A"); add(fields.mixB, () => "B"); add(fields.mixC, () => "C"); }
  if (fields.section === "move") add(fields.start, () => "•");
  return marks;
}

function mark() {
  const marks = uses();
  grid.querySelectorAll("button").forEach((button) => {
    const names = [...new Set(marks.get(button.dataset.seed) ?? [])].join(" ");
    button.classList.toggle("used", Boolean(names));
    button.querySelector(".mark").textContent = names;
    button.setAttribute("aria-label", `Seed ${button.dataset.seed}${names ? `, used as ${names}` : ""}`);
  });
}

function cell(item) {
  const button = document.createElement("button"), image = document.createElement("img");
  const words = document.createElement("span"), badge = document.createElement("span");
  button.type = "button";
  button.dataset.seed = item.seed;
  image.src = item.url;
  image.alt = `Seed ${item.seed}`;
  words.textContent = `seed ${item.seed}`;
  badge.className = "mark";
  button.append(image, badge, words);
  button.addEventListener("click", () => {
    sent = JSON.stringify({ seed: item.seed, at: Date.now() });
    props.value = sent;
    trigger("input");
  });
  return button;
}

function show(value) {
  if (!value || value === sent) return;
  const focused = [...grid.children].indexOf(element.querySelector("button:focus"));
  grid.replaceChildren(...JSON.parse(value).items.map(cell));
  if (focused >= 0) grid.children[focused]?.focus();
  mark();
  section.dataset.pictures = ++shown;
}
grid.replaceChildren(...Array.from({ length: 16 }, () => Object.assign(document.createElement("div"), { className: "blank" })));
window.addEventListener("cgan-marks", mark);
watch("value", () => show(props.value));
show(props.value);
