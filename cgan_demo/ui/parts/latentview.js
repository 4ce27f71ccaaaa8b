// Value, as JSON: { url, caption, name }, the picture being a PNG as it was made, which is what is downloaded.
const view = element.querySelector(".view"), image = element.querySelector("img"), button = element.querySelector("button");
let name = "", pictures = 0;

function show(value) {
  const given = value ? JSON.parse(value) : {};
  if (!given.url) return;
  image.src = given.url;
  image.alt = given.caption;
  name = given.name;
  element.querySelector("figcaption").textContent = given.caption;
  image.hidden = button.hidden = false;
  element.querySelector(".blank").hidden = true;
  view.dataset.pictures = ++pictures;
}
button.addEventListener("click", () => Object.assign(document.createElement("a"), { href: image.src, download: name }).click());
watch("value", () => show(props.value));
show(props.value);
