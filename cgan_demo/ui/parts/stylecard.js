// Value from the server, as JSON: { url } of the picture; {} hides it. Value to the server: { clear: time }.
const card = element.querySelector(".style");
let sent = null;

function show(value) {
  if (!value || value === sent) return;
  const given = JSON.parse(value);
  card.hidden = !given.url;
  if (given.url) card.querySelector("img").src = given.url;
}
card.querySelector("button").addEventListener("click", () => {
  sent = JSON.stringify({ clear: Date.now() });
  props.value = sent;
  trigger("input");
});
watch("value", () => show(props.value));
show(props.value);
