// Not gr.Gallery: a visitor's own picture is no file on the server's disk.
// Value, as JSON: { items: [{ url, caption }, ...], words }; {} for none.
const section = element.querySelector(".figures"), row = element.querySelector(".row");
let shown = 0;

function figure(item) {
  const node = document.createElement("figure"), image = document.createElement("img"), caption = document.createElement("figcaption");
  image.src = item.url;
  image.alt = caption.textContent = item.caption;
  node.append(image, caption);
  return node;
}

function show(value) {
  const given = value ? JSON.parse(value) : {};
  row.replaceChildren(...(given.items ?? []).map(figure));
  element.querySelector(".words").textContent = given.words ?? "";
  if (given.items) section.dataset.pictures = ++shown;
}
watch("value", () => show(props.value));
show(props.value);
