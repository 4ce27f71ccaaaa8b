// Not gr.Gallery: what a visitor gave is no file on the server's disk.
// Value from the server, as JSON: { photo: { url, words } or null, references: [url, ...] }, urls being data URLs.
// Value to the server: { remove: index, at: time }, when a reference's cross was clicked.
const tray = element.querySelector(".tray"), photo = element.querySelector(".photo"), references = element.querySelector(".references");
let sent = null;

function thumb(url, index) {
  const figure = document.createElement("figure"), frame = document.createElement("div"), image = document.createElement("img");
  const button = document.createElement("button"), caption = document.createElement("figcaption");
  frame.className = "frame";
  image.src = url;
  image.alt = `Reference ${index + 1}`;
  button.type = "button";
  button.textContent = "×";
  button.setAttribute("aria-label", `Remove reference ${index + 1}`);
  button.addEventListener("click", () => {
    sent = JSON.stringify({ remove: index, at: Date.now() });
    props.value = sent;
    trigger("input");
  });
  caption.textContent = `Ref. ${index + 1}`;
  frame.append(image, button);
  figure.append(frame, caption);
  return figure;
}

function none() {
  const words = document.createElement("p");
  words.className = "none";
  words.textContent = "No reference yet.";
  return words;
}

function show(value) {
  if (!value || value === sent) return;
  const given = JSON.parse(value);
  tray.hidden = false;
  photo.style.visibility = given.photo ? "visible" : "hidden";
  if (given.photo) {
    photo.querySelector("img").src = given.photo.url;
    photo.querySelector("figcaption").textContent = given.photo.words;
  }
  references.replaceChildren(...(given.references.length ? given.references.map(thumb) : [none()]));
}
watch("value", () => show(props.value));
show(props.value);
