// Not gr.Gallery: the strip may begin with a visitor's own picture, which is no file on the server's disk.
// Value, as JSON: { items: [{ url, share }, ...], ends: [from, to], words }, pictures being data URLs; {} hides it.
const way = element.querySelector(".way"), strip = element.querySelector(".strip");
let shown = 0;

function step(item, [from, to]) {
  const node = document.createElement("div"), image = document.createElement("img");
  node.setAttribute("role", "listitem");
  image.src = item.url;
  image.alt = `${item.share} % of the way from ${from} to ${to}`;
  node.append(image);
  return node;
}

function show(value) {
  if (!value) return;
  const given = JSON.parse(value);
  way.hidden = !given.items;
  if (way.hidden) return;
  element.querySelector(".from").textContent = given.ends[0];
  element.querySelector(".to").textContent = given.ends[1];
  element.querySelector(".words").textContent = given.words;
  strip.replaceChildren(...given.items.map((item) => step(item, given.ends)));
  way.dataset.strips = ++shown;
}
watch("value", () => show(props.value));
show(props.value);
