// The browser's own store: what a visitor painted or typed lies there until it is painted over, and nothing else does.
// Where there is no store, or it is full, nothing is kept, and nothing else changes.
const kept = {
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
};
