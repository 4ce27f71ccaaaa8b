// Value, as JSON: { url, caption, name }, the animation being a GIF's data URL.
const film = element.querySelector(".film"), image = element.querySelector("img");
let name = "";

function show(value) {
  const given = value ? JSON.parse(value) : {};
  film.hidden = !given.url;
  if (!given.url) return;
  image.src = given.url;
  image.alt = `An animation: ${given.caption}`;
  element.querySelector("span").textContent = given.caption;
  name = given.name;
}
element.querySelector("button").addEventListener("click", async () => {  // through a blob: data URLs may be too long to download
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await (await fetch(image.src)).blob());
  link.download = name;
  link.click();
});
watch("value", () => show(props.value));
show(props.value);
