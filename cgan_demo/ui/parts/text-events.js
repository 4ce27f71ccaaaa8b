// What the tab's events do in the browser.
({
  // Marks the sample whose seed is chosen.
  mark: () => (seed) => {
    window.cganMarks = { ...window.cganMarks, text: { [seed]: "✓" } };
    window.dispatchEvent(new CustomEvent("cgan-marks"));
  },
})
