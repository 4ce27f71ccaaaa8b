// Value from the server, as JSON: { words: [{ text, known }, ...], colors: [name, ...] }, or { said } for words about a
// sentence that is not there. Value to the server: { color, at: time }, when a colour to exchange for was clicked.
const read = element.querySelector(".read"), list = element.querySelector(".words"), told = element.querySelector(".told");
const colors = element.querySelector(".colors");
let sent = null;

function item(word) {
  const node = document.createElement("li");
  node.textContent = word.text;
  if (!word.known) {
    const aside = document.createElement("span");
    node.className = "new";
    node.title = "Never seen in training";
    aside.className = "hidden";
    aside.textContent = " (never seen)";
    node.append(aside);
  }
  return node;
}

function color(name) {
  const button = document.createElement("button"), dot = document.createElement("i");
  button.type = "button";
  button.title = `The same in ${name}`;
  dot.style.background = { red: "#dc2626", blue: "#2563eb", green: "#16a34a", purple: "#7e22ce", brown: "#854d0e", pink: "#f472b6" }[name] ?? name;
  button.append(dot, name);
  button.addEventListener("click", () => {
    sent = JSON.stringify({ color: name, at: Date.now() });
    props.value = sent;
    trigger("input");
  });
  return button;
}

function tell(words) {
  const fresh = [...new Set(words.filter((word) => !word.known).map((word) => word.text))];
  if (!fresh.length) return "The model knows every word.";
  const names = fresh.map((text) => `“${text}”`).join(", ");
  return `Never seen in training: ${names}. What ${fresh.length > 1 ? "they mean" : "it means"} is guessed from the letters.`;
}

function show(value) {
  if (!value || value === sent) return;
  const given = JSON.parse(value);
  read.hidden = false;
  list.hidden = !given.words;
  list.replaceChildren(...(given.words ?? []).map(item));
  told.textContent = given.said ?? tell(given.words);
  colors.hidden = !given.colors?.length;
  colors.replaceChildren(colors.firstElementChild, ...(given.colors ?? []).map(color));
}
watch("value", () => show(props.value));
show(props.value);
