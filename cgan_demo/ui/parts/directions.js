// Not gr.Slider: which there are, and between what, goes with the model, and they are reset together.
// Value from the server, as JSON: { items: [{ name, low, high, less, more, value, words }, ...], none }.
// Value to the server: { amounts: { name: amount }, last: name }, whenever a slider moves.
const rows = element.querySelector(".rows"), none = element.querySelector(".none"), reset = element.querySelector(".reset");
const id = `d${Math.random().toString(36).slice(2)}`;
let sent = null, last = "", made = "";

function make(kind, className, text) {
  return Object.assign(document.createElement(kind), { className, textContent: text ?? "" });
}

const signed = (amount) => (amount > 0 ? "+" : "") + amount.toFixed(1).replace("-", "−");

function send() {
  const amounts = {};
  rows.querySelectorAll("input").forEach((input) => {
    amounts[input.dataset.name] = Number(input.value);
    input.parentElement.querySelector("output").textContent = signed(Number(input.value));
  });
  sent = JSON.stringify({ amounts, last, at: Date.now() });
  props.value = sent;
  trigger("input");
}

function row(item, i) {
  const node = make("div", "row"), label = make("label", "", item.name), input = make("input", ""), ends = make("div", "ends");
  Object.assign(input, { type: "range", min: item.low, max: item.high, step: 0.1, id: `${id}-${i}` });
  input.value = item.value;
  input.dataset.name = item.name;
  label.htmlFor = input.id;
  ends.append(make("span", "", item.less), make("span", "", item.more));
  input.addEventListener("input", () => { last = item.name; send(); });
  node.append(label, make("output", "", signed(item.value)), input, ends, make("p", "words", item.words));
  return node;
}

function show(value) {
  if (!value || value === sent) return;
  const given = JSON.parse(value);
  if (!given.items) return;
  const names = JSON.stringify(given.items.map((item) => [item.name, item.low, item.high]));
  none.hidden = given.items.length > 0;
  none.textContent = given.none;
  reset.hidden = !given.items.length;
  if (names === made) {  // sliders in use stay where they are
    given.items.forEach((item, i) => {
      const input = rows.children[i].querySelector("input");
      if (input !== element.querySelector("input:active")) input.value = item.value;
      rows.children[i].querySelector("output").textContent = signed(Number(input.value));
    });
    return;
  }
  made = names;
  last = given.items[0]?.name ?? "";
  rows.replaceChildren(...given.items.map(row));
}
reset.addEventListener("click", () => { rows.querySelectorAll("input").forEach((input) => { input.value = 0; }); send(); });
watch("value", () => show(props.value));
show(props.value);
