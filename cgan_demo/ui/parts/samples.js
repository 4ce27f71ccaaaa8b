// Value from the server, as JSON: { items: [{ seed, url }, ...], sentence, chosen }.
// Value to the server: { seed, at: time }, when a picture was clicked. Which one is framed follows the page's own field:
// it says so with the event "cgan-seed", without asking the server.
const section = element.querySelector(".samples"), grid = element.querySelector(".grid"), words = element.querySelector(".words");
let sent = null, shown = 0;

function frame(seed) {
  grid.querySelectorAll("button").forEach((b) => b.setAttribute("aria-pressed", String(Number(b.dataset.seed) === seed)));
}

function cell(item, sentence) {
  const button = document.createElement("button"), image = document.createElement("img");
  const seed = document.createElement("span"), use = document.createElement("span");
  button.type = "button";
  button.dataset.seed = item.seed;
  image.src = item.url;
  image.alt = `${sentence}, seed ${item.seed}`;
  seed.className = "seed";
  seed.textContent = `seed ${item.seed}`;
  use.className = "use";
  use.textContent = "Use this one";
  button.append(image, use, seed);
  button.addEventListener("click", () => {
    sent = JSON.stringify({ seed: item.seed, at: Date.now() });
    props.value = sent;
    frame(item.seed);
    trigger("input");
  });
  return button;
}

function show(value) {
  if (!value || value === sent) return;
  const given = JSON.parse(value), focused = grid.querySelector("button:focus") ? [...grid.children].indexOf(document.activeElement) : -1;
  grid.replaceChildren(...given.items.map((item) => cell(item, given.sentence)));
  if (focused >= 0) grid.children[focused]?.focus();
  frame(given.chosen);
  words.hidden = true;
  section.dataset.pictures = ++shown;
}
grid.replaceChildren(...Array.from({ length: 8 }, () => Object.assign(document.createElement("div"), { className: "blank" })));
window.addEventListener("cgan-seed", (event) => frame(event.detail));
watch("value", () => show(props.value));
show(props.value);
