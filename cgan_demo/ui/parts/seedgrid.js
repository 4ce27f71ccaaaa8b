// Not gr.Gallery: its pictures are marked by what they are used for as the page's own fields change, without the server.
// Value from the server, as JSON: { items: [{ seed, url }, ...], words? }, the words being what the pictures are of.
// Value to the server: { seed, at: time }, when a picture was clicked. Marks are read off `cganMarks[props.tab]`, a text for
// each seed that is used, whenever an event "cgan-marks" says that they changed.
const section = element.querySelector(".samples"), grid = element.querySelector(".grid");
let sent = null, shown = 0;

function mark() {
  const marks = window.cganMarks?.[props.tab] ?? {};
  grid.querySelectorAll("button").forEach((button) => {
    const text = marks[button.dataset.seed] ?? "";
    button.setAttribute("aria-pressed", String(Boolean(text)));
    button.querySelector(".mark").textContent = text;
    button.setAttribute("aria-label", `Seed ${button.dataset.seed}${text ? `, used as ${text}` : ""}`);
  });
}

function cell(item, words) {
  const button = document.createElement("button"), image = document.createElement("img");
  const name = document.createElement("span"), badge = document.createElement("span");
  button.type = "button";
  button.title = "Use this one";
  button.dataset.seed = item.seed;
  image.src = item.url;
  image.alt = `${words ? `${words}, seed` : "Seed"} ${item.seed}`;
  name.textContent = `seed ${item.seed}`;
  badge.className = "mark";
  button.append(image, badge, name);
  button.addEventListener("click", () => {
    sent = JSON.stringify({ seed: item.seed, at: Date.now() });
    props.value = sent;
    trigger("input");
  });
  return button;
}

function show(value) {
  if (!value || value === sent) return;
  const given = JSON.parse(value), focused = [...grid.children].indexOf(element.querySelector("button:focus"));
  grid.replaceChildren(...given.items.map((item) => cell(item, given.words)));
  if (focused >= 0) grid.children[focused]?.focus();
  mark();
  section.dataset.pictures = ++shown;
}
grid.replaceChildren(...Array.from({ length: props.count }, () => Object.assign(document.createElement("div"), { className: "blank" })));
window.addEventListener("cgan-marks", mark);
watch("value", () => show(props.value));
show(props.value);
