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
  // What the samples are used for; kept, too, for a grid that is not there yet.
  mark: () => (section, a, b, tour, corners, mixA, mixB, mixC, start) => {
    window.cganMarks = { section, a, b, tour, corners, mixA, mixB, mixC, start };
    window.dispatchEvent(new CustomEvent("cgan-marks"));
  },
  // The name of a section that is opened, unless it is so before the tab is.
  opened: (name) => () => (document.querySelector("#latent-sections")?.offsetParent ? name : ""),
})
