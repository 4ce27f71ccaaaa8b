// Value, as JSON: { main, caption, crop?, copy?, copied?, words? }, pictures being data URLs. What is left out stays.
const view = element.querySelector(".view"), words = element.querySelector(".words");
let pictures = 0;  // shown so far

function picture(where, url, alt) {
  const image = element.querySelector(`.${where} img`);
  image.src = url;
  image.hidden = false;
  if (alt) image.alt = alt;
}

function show(value) {
  if (!value) return;
  const given = JSON.parse(value);
  view.classList.toggle("alone", Boolean(given.alone));
  words.hidden = !given.words;
  words.textContent = given.words ?? "";
  if (given.main) { picture("main", given.main, given.caption); view.dataset.pictures = ++pictures; }
  if (given.caption) element.querySelector(".main figcaption").textContent = given.caption;
  if (given.crop) picture("crop", given.crop);
  if (given.copy) picture("copy", given.copy);
  if (given.copied) element.querySelector(".copy figcaption").textContent = given.copied;
}
watch("value", () => show(props.value));
show(props.value);
