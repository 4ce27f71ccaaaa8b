// What Gradio's comparison of two pictures lacks: words for its pictures, and keys that move its line.
() => {
  const WORDS = ["Before: what was given", "After: what the model made of it"];
  const KEYS = { ArrowLeft: -0.05, ArrowRight: 0.05, Home: -1, End: 1 };  // shares of the width
  const share = (line) => {
    const box = line.getBoundingClientRect(), wide = line.parentElement.getBoundingClientRect();
    return (box.left + box.width / 2 - wide.left) / wide.width;
  };

  function drag(line, by) {  // as a mouse would, for nothing else moves it
    const box = line.getBoundingClientRect(), wide = line.parentElement.getBoundingClientRect();
    const start = box.left + box.width / 2, end = Math.min(wide.right, Math.max(wide.left, start + by * wide.width));
    const at = (x) => ({ bubbles: true, cancelable: true, view: window, clientX: x, clientY: box.top + box.height / 2 });
    line.querySelector(".inner").dispatchEvent(new MouseEvent("mousedown", at(start)));
    for (const name of ["mousemove", "mouseup"]) window.dispatchEvent(new MouseEvent(name, at(end)));
  }

  function tell(line) {
    line.setAttribute("aria-valuenow", String(Math.round(100 * share(line))));
  }

  function ready(line) {
    const given = { role: "slider", tabindex: 0, "aria-label": "Where before ends and after begins", "aria-valuemin": 0, "aria-valuemax": 100 };
    Object.entries(given).forEach(([name, value]) => line.setAttribute(name, String(value)));
    tell(line);
    line.addEventListener("focus", () => tell(line));
    line.addEventListener("keydown", (event) => {
      if (!KEYS[event.key]) return;
      event.preventDefault();
      drag(line, KEYS[event.key]);
      requestAnimationFrame(() => tell(line));
    });
  }

  function mend() {
    document.querySelectorAll(".result .slider-wrap").forEach((root) => {
      root.querySelectorAll("img:not([alt]), img[alt='']").forEach((image) => { image.alt = WORDS[image.classList.contains("fixed") ? 1 : 0]; });
      root.querySelectorAll(".outer:not([role=slider])").forEach(ready);
    });
  }
  let due = false;
  new MutationObserver(() => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; mend(); });
  }).observe(document.body, { childList: true, subtree: true });
  mend();
}
