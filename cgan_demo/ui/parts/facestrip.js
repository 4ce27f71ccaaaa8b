// Not gr.Gallery: faces are no files on the server's disk, and the frame follows the age slider without it.
// Value from the server, as JSON: { ages: [[first, last], ...], names, centres,
// rows: [{ title, gender, pictures }], gender, age }.
// Value to the server: { age, gender }, when a picture was clicked. Which one is framed follows the page's own slider:
// it says so with the event "cgan-age", { age, gender }, without asking the server.
const strip = element.querySelector(".strip");
let given = null, sent = null, now = { age: null, gender: null };

function frame() {
  if (!given) return;
  const gender = now.gender ?? given.gender;
  const age = Math.round(now.age ?? given.age), bin = given.ages.findIndex(([, last]) => age <= last);
  strip.querySelectorAll("button").forEach((button) => button.setAttribute(
    "aria-current", String(Number(button.dataset.bin) === bin && Number(button.dataset.gender) === gender)));
}

function cell(row, url, bin) {
  const button = document.createElement("button"), image = document.createElement("img"), years = given.names[bin];
  button.type = "button";
  button.dataset.bin = bin;
  button.dataset.gender = row.gender;
  image.src = url;
  image.alt = `At ${years} years, ${row.title}`;
  button.append(image, years);
  button.addEventListener("click", () => {
    sent = JSON.stringify({ age: given.centres[bin], gender: row.gender });
    props.value = sent;
    trigger("input");
  });
  return button;
}

function show(value) {
  if (!value || value === sent) return;
  given = JSON.parse(value);
  strip.replaceChildren(...given.rows.map((row) => {
    const line = document.createElement("div"), title = document.createElement("span");
    line.className = "row";
    title.textContent = row.title;
    line.append(title, ...row.pictures.map((url, bin) => cell(row, url, bin)));
    return line;
  }));
  frame();
}
window.addEventListener("cgan-age", (event) => { now = event.detail; frame(); });
watch("value", () => show(props.value));
show(props.value);
