// Not gr.Gallery: enlargements of a visitor's picture are no files on the server's disk.
// Value from the server, as JSON: { items: [{ name, url, psnr?, ssim?, best?, weight?, sharpness? }, ...], words }; {} hides it.
// Value to the server: { weight, sharpness, at: time }, when one that the model made was clicked.
const section = element.querySelector(".variants"), row = element.querySelector(".row");
let sent = null;

function text(kind, name, content) {
  const node = document.createElement(kind);
  if (name) node.className = name;
  node.textContent = content;
  return node;
}

function numbers(item) {
  const node = text("span", "numbers", "");
  const put = (name, unit) => text(item.best.includes(name) ? "b" : "span", "", `${item[name]}${unit}`);
  node.append(put("psnr", " dB"), " · ", put("ssim", ""));
  return node;
}

function figure(item) {
  const made = item.weight !== undefined;
  const node = document.createElement(made ? "button" : "div"), image = document.createElement("img");
  image.src = item.url;
  image.alt = item.name;
  node.append(image, text("span", "name", item.name));
  if (item.psnr) node.append(numbers(item));
  if (!made) node.className = "still";
  else {
    node.type = "button";
    node.title = "Show this one above";
    node.addEventListener("click", () => {
      sent = JSON.stringify({ weight: item.weight, sharpness: item.sharpness, at: Date.now() });
      props.value = sent;
      trigger("input");
    });
  }
  return node;
}

function show(value) {
  if (!value || value === sent) return;
  const given = JSON.parse(value);
  section.hidden = !given.items;
  if (!given.items) return;
  row.replaceChildren(...given.items.map(figure));
  element.querySelector(".words").textContent = given.words;
}
watch("value", () => show(props.value));
show(props.value);
