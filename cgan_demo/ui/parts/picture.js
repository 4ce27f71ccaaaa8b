// Not gr.Image: what is shown follows a drag, may be a visitor's face, and is no file on the server's disk.
// Value, as JSON: { url, caption, name?, save? }, the picture being a data URL; {} for none; { beside: true } at first where
// the caption stands at its side. A picture with a name can be downloaded, as it is, with a button that reads `save`.
const view = element.querySelector(".view"), image = element.querySelector("img"), button = element.querySelector("button");
let name = "", pictures = 0;

function show(value) {
  const given = value ? JSON.parse(value) : {};
  if (given.beside) view.classList.add("beside");
  name = given.name;
  button.textContent = given.save ?? "Download as PNG";
  button.hidden = !name;
  element.querySelector("figcaption").textContent = given.caption ?? "";
  image.hidden = !given.url;
  element.querySelector(".blank").hidden = !image.hidden;
  if (image.hidden) return;
  image.src = given.url;
  image.alt = given.caption;
  view.dataset.pictures = ++pictures;
}
button.addEventListener("click", async () => {  // through a blob: data URLs may be too long to download
  const url = URL.createObjectURL(await (await fetch(image.src)).blob());
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
});
watch("value", () => show(props.value));
show(props.value);
