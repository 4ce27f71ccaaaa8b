// What the tab's events do in the browser.
({
  // Changes what a section shows once nothing has changed for some ms, the section is open, its model is loaded, which the
  // stamp says, and what it shows is not of the same values.
  later: (name, ms) => (section, stamp, ...values) => new Promise((done) => {
    const kept = (window.cganLatent ??= {}), now = JSON.stringify([stamp, ...values]), mine = (kept[name] ??= { key: "" });
    clearTimeout(mine.timer);
    mine.timer = setTimeout(() => {
      if (section && stamp && (name === section || name === "grid") && mine.shown !== now) {
        mine.shown = now;
        mine.key = String(Date.now());
      }
      done(mine.key);
    }, ms);
  }),
  // Marks the samples with what the open section uses them for; kept, too, for a grid that is not there yet.
  mark: () => (section, a, b, tour, corners, mixA, mixB, mixC, start) => {
    const names = new Map(), seeds = (text) => (text ?? "").split(/[\s,;]+/).filter(Boolean);
    const add = (text, name) => seeds(text).forEach((seed, i) => names.set(seed, (names.get(seed) ?? new Set()).add(name(i))));
    if (section === "walk") { add(a, () => "A"); add(b, () => "B"); add(tour, (i) => `${i + 1}`); }
    if (section === "pad") add(corners, (i) => "↖↗↙↘"[i] ?? "");
    if (section === "mix") { add(mixA, () => "A"); add(mixB, () => "B"); add(mixC, () => "C"); }
    if (section === "move") add(start, () => "•");
    const latent = Object.fromEntries([...names].map(([seed, uses]) => [seed, [...uses].join(" ")]));
    window.cganMarks = { ...window.cganMarks, latent };
    window.dispatchEvent(new CustomEvent("cgan-marks"));
  },
  // The name of a section that is opened, unless it is so before the tab is.
  opened: (name) => () => (document.querySelector("#latent-sections")?.offsetParent ? name : ""),
})
