// The browser's own store: what a visitor painted or typed lies there until it is painted over, and nothing else does.
// Where there is no store, or it is full, nothing is kept, and nothing else changes.
({
  LONGEST: 400000,  // characters of a value; a painting of noise has 350,000
  read(name) {
    try { return JSON.parse(localStorage.getItem(`cgan-demo/${name}`)); } catch { return null; }
  },
  write(name, value) {
    const text = JSON.stringify(value);
    try {
      if (value === null || text.length > this.LONGEST) localStorage.removeItem(`cgan-demo/${name}`);
      else localStorage.setItem(`cgan-demo/${name}`, text);
    } catch { /* it stays on the page alone */ }
  },
  // For the event that opens a tab: the last of its values becomes what is kept, once for each load of the page.
  bring(tab, pads) {
    return (...given) => {
      const opened = (window.cganOpened ??= {});
      if (opened[tab]) return [...given.slice(0, -1), ""];
      opened[tab] = true;
      const pictures = Object.fromEntries(pads.map((pad) => [pad, this.read(pad)]));
      window.dispatchEvent(new CustomEvent("cgan-kept", { detail: pictures }));
      return [...given.slice(0, -1), JSON.stringify({ ...this.read(tab), ...pictures })];
    };
  },
  // Fields tell of the values that they begin with, too: before the tab was opened nothing is noted.
  note(tab, names) {
    return (...values) => {
      if (window.cganOpened?.[tab]) this.write(tab, Object.fromEntries(names.map((name, i) => [name, values[i]])));
    };
  },
})
