// Not gr.ImageSlider: a visitor's picture is no file on the server's disk, and it is looked at closely.
// Value, as JSON. Of a new picture: { key, before, after, size: [width, height], words, settings, rows?, measured? },
// at other settings: { key, after, settings, rows?, measured? }, its numbers alone: { key, rows, measured },
// and for no picture: { words }. rows: [{ name, psnr, ssim, best: [...] }]; [] for none. Pictures are data URLs.
const root = element.querySelector(".comparison"), stage = element.querySelector(".stage"), bar = element.querySelector(".bar");
const line = element.querySelector(".line"), words = element.querySelector(".words"), table = element.querySelector("table");
const [before, after] = element.querySelectorAll(".layer img");
const TALLEST = 640;  // px on the screen
let key = null, size = [1, 1], cut = 50, zoom = 0, centre = [0.5, 0.5], dragged = null, shown = 0, settings = null;

function place() {
  const room = root.clientWidth;
  if (!room) return;
  const fit = Math.min(room / size[0], TALLEST / size[1]), scale = zoom || fit;
  const box = [zoom ? room : Math.round(fit * size[0]), Math.round(fit * size[1])];
  stage.style.width = `${box[0]}px`;
  stage.style.height = `${box[1]}px`;
  stage.classList.toggle("zoomed", zoom > 0);
  const corner = [0, 1].map((k) => {
    const whole = size[k] * scale, spare = box[k] - whole;
    const at = spare >= 0 ? spare / 2 : Math.min(0, Math.max(spare, box[k] / 2 - centre[k] * whole));
    centre[k] = (box[k] / 2 - at) / whole;
    return at;
  });
  for (const image of [before, after]) {
    image.style.width = `${size[0] * scale}px`;
    image.style.height = `${size[1] * scale}px`;
    image.style.transform = `translate(${corner[0]}px, ${corner[1]}px)`;
  }
}

function part(percent) {
  cut = Math.min(100, Math.max(0, percent));
  stage.style.setProperty("--cut", `${cut}%`);
  line.setAttribute("aria-valuenow", Math.round(cut));
}

function magnify(times) {
  zoom = times;
  element.querySelectorAll(".set button").forEach((b) => b.setAttribute("aria-pressed", String(Number(b.dataset.zoom) === zoom)));
  place();
}

function cell(kind, text, best) {
  const node = document.createElement(kind);
  node.textContent = text;
  if (best) node.className = "best";
  if (kind === "th") node.scope = "row";
  return node;
}

function tell(given) {
  if (given.rows) {
    table.hidden = given.rows.length === 0;
    table.tBodies[0].replaceChildren(...given.rows.map((row) => {
      const line = document.createElement("tr");
      line.append(cell("th", row.name), ...["psnr", "ssim"].map((name) => cell("td", row[name], row.best.includes(name))));
      return line;
    }));
    table.dataset.measured = String(given.measured);
  }
  table.classList.toggle("stale", table.dataset.measured !== String(settings));
}

function show(value) {
  if (!value) return;
  const given = JSON.parse(value);
  if (!given.key) {  // nothing to show
    key = null;
    stage.hidden = bar.hidden = table.hidden = true;
    words.hidden = false;
    words.textContent = given.words;
    return;
  }
  if (given.before) {
    key = given.key;
    size = given.size;
    before.src = given.before;
    table.hidden = true;
    stage.hidden = bar.hidden = false;
    words.hidden = true;
    element.querySelector(".size").textContent = given.words;
    centre = [0.5, 0.5];
    place();
  }
  if (given.key !== key) return;  // of a picture that is no longer there
  if (given.after) {
    after.src = given.after;
    settings = given.settings;
    root.dataset.pictures = ++shown;
  }
  tell(given);
}

stage.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  const box = stage.getBoundingClientRect(), x = event.clientX - box.left;
  const atLine = Math.abs(x - cut / 100 * box.width) < 24;
  if (event.pointerType === "touch" && !zoom && !atLine) return;  // so that the page can be scrolled
  event.preventDefault();
  dragged = zoom && !atLine ? { x: event.clientX, y: event.clientY, centre: [...centre] } : "line";
  stage.setPointerCapture(event.pointerId);
  if (dragged === "line") part(100 * x / box.width);
});
stage.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const box = stage.getBoundingClientRect();
  if (dragged === "line") return part(100 * (event.clientX - box.left) / box.width);
  centre = [dragged.centre[0] - (event.clientX - dragged.x) / (size[0] * zoom),
    dragged.centre[1] - (event.clientY - dragged.y) / (size[1] * zoom)];
  place();
});
for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, () => { dragged = null; });
line.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -2, ArrowRight: 2, Home: -100, End: 100 }[event.key];
  if (!step) return;
  event.preventDefault();
  part(cut + step);
});
bar.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) magnify(Number(button.dataset.zoom));
});
new ResizeObserver(place).observe(root);
watch("value", () => show(props.value));
show(props.value);
