// Value, as JSON: { items: [{ url, share }, ...], ends: [from, to], words } for a strip, { film, name } for the animation of
// the strip that is there; pictures are data URLs.
const way = element.querySelector(".way"), strip = element.querySelector(".strip"), film = element.querySelector(".film");
let ends = ["", ""], name = "", shown = 0;

function step(item) {
  const node = document.createElement("div"), image = document.createElement("img");
  node.setAttribute("role", "listitem");
  image.src = item.url;
  image.alt = `${item.share} % of the way from ${ends[0]} to ${ends[1]}`;
  node.append(image);
  return node;
}

function show(value) {
  if (!value) return;
  const given = JSON.parse(value);
  way.hidden = false;
  film.hidden = !given.film;
  if (given.film) {
    film.querySelector("img").src = given.film;
    film.querySelector("img").alt = `An animation from ${ends[0]} to ${ends[1]} and back`;
    film.querySelector("span").textContent = "There and back, as a GIF.";
    name = given.name;
    return;
  }
  ends = given.ends;
  element.querySelector(".from").textContent = ends[0];
  element.querySelector(".to").textContent = ends[1];
  element.querySelector(".words").textContent = given.words;
  strip.replaceChildren(...given.items.map(step));
  way.dataset.strips = ++shown;
}
film.querySelector("button").addEventListener("click", async () => {  // through a blob: data URLs may be too long to download
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await (await fetch(film.querySelector("img").src)).blob());
  link.download = name;
  link.click();
});
watch("value", () => show(props.value));
show(props.value);
