// Not gr.ImageSlider: a visitor's face is no file on the server's disk, and follows the age slider inside its photo.
// Value, as JSON. Of a new face: { url, caption, crop, photo, size, place }; photo is "" where the face is all there
// is, size its width and height, and place [a, b, c, d, e, f] takes the shares (u, v) of the face's square to its px
// (a u + b v + c, d u + e v + f). At another age: { url, caption }. Without a face: { words }.
const view = element.querySelector(".view"), stage = element.querySelector(".stage"), line = element.querySelector(".line");
const choice = element.querySelector(".choice"), main = element.querySelector(".main"), words = element.querySelector(".words");
const result = element.querySelector(".result"), FACE = 560, TALLEST = 640, PATCH = 1000;  // px on the screen; agedview.css
let wish = "photo", photo = null, cut = 15, dragging = false, pictures = 0;

function place() {
  const room = view.clientWidth, whole = view.dataset.shown === "photo";
  if (!room) return;
  const [width, height] = whole ? photo.size : [1, 1];
  const scale = whole ? Math.min(room / width, TALLEST / height) : Math.min(room, FACE);
  stage.style.width = `${Math.round(width * scale)}px`;
  stage.style.height = `${Math.round(height * scale)}px`;
  const [a, b, c, d, e, f] = whole ? photo.place.map((v) => v * scale) : [];
  result.style.transform = whole ? `matrix(${[a / PATCH, d / PATCH, b / PATCH, e / PATCH, c, f].join(",")})` : "";
}

function choose() {
  view.dataset.shown = photo ? wish : "face";
  choice.hidden = !photo;
  choice.querySelectorAll("button").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.show === view.dataset.shown)));
  place();
}

function part(percent) {
  cut = Math.min(100, Math.max(0, percent));
  stage.style.setProperty("--cut", `${cut}%`);
  line.setAttribute("aria-valuenow", Math.round(cut));
  element.querySelector(".left").style.opacity = cut < 12 ? 0 : 1;
  element.querySelector(".right").style.opacity = cut > 88 ? 0 : 1;
}

function show(value) {
  if (!value) return;
  const given = JSON.parse(value);
  words.hidden = !given.words;
  words.textContent = given.words ?? "";
  if (given.crop) {
    element.querySelector(".crop").src = given.crop;
    photo = given.photo ? { size: given.size, place: given.place } : null;
    if (photo) element.querySelectorAll("img.photo").forEach((image) => { image.src = given.photo; });
  }
  if (!given.url) return;
  result.src = given.url;
  result.alt = given.caption;
  element.querySelector("figcaption").textContent = given.caption;
  main.hidden = false;
  if (given.crop) choose();
  view.dataset.pictures = ++pictures;
}

stage.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  const box = stage.getBoundingClientRect(), x = event.clientX - box.left;
  if (event.pointerType === "touch" && Math.abs(x - cut / 100 * box.width) > 30) return;  // so that the page can be scrolled
  event.preventDefault();
  dragging = true;
  line.focus({ preventScroll: true });
  stage.setPointerCapture(event.pointerId);
  part(100 * x / box.width);
});
stage.addEventListener("pointermove", (event) => {
  const box = stage.getBoundingClientRect();
  if (dragging) part(100 * (event.clientX - box.left) / box.width);
});
for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, () => { dragging = false; });
line.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, Home: -100, End: 100 }[event.key];
  if (!step) return;
  event.preventDefault();
  part(cut + step);
});
choice.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  wish = button.dataset.show;
  choose();
});
new ResizeObserver(place).observe(view);
part(cut);
watch("value", () => show(props.value));
show(props.value);
