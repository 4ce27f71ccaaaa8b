// Not gr.Gallery: a sum reads from term to term, and may be of a visitor's own picture, which is no file.
// Value, as JSON: { columns: [{ samples: [{ url, words }, ...], mean }, ...], answer, name }, for A, B and C.
const sum = element.querySelector(".sum"), terms = element.querySelector(".terms");
const answer = element.querySelector(".answer img"), button = element.querySelector("button");
const NAMES = ["A", "B", "C"], SIGNS = ["−", "+"];
let name = "", shown = 0;

function make(kind, className, text) {
  return Object.assign(document.createElement(kind), { className, textContent: text ?? "" });
}

function picture(url, alt, className) {
  return Object.assign(document.createElement("img"), { src: url, alt, className: className ?? "", title: alt });
}

function column(given, i) {
  const node = make("div", "column"), samples = make("div", "samples");
  samples.append(...given.samples.map((sample) => picture(sample.url, `${NAMES[i]}: ${sample.words}`)));
  node.append(samples, picture(given.mean, `The mean of ${NAMES[i]}`, "mean"), make("p", "name", `mean ${NAMES[i]}`));
  return node;
}

function show(value) {
  const given = value ? JSON.parse(value) : {};
  if (!given.columns) return;
  const nodes = given.columns.map(column);
  terms.replaceChildren(nodes[0], make("span", "sign", SIGNS[0]), nodes[1], make("span", "sign", SIGNS[1]), nodes[2]);
  answer.src = given.answer;
  answer.alt = "The answer: mean A − mean B + mean C";
  answer.hidden = button.hidden = false;
  element.querySelector(".blank").hidden = true;
  name = given.name;
  sum.dataset.pictures = ++shown;
}
button.addEventListener("click", () => Object.assign(document.createElement("a"), { href: answer.src, download: name }).click());
watch("value", () => show(props.value));
show(props.value);
