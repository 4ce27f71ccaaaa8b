// What the tab's events do in the browser.
({
  // Tells the samples which seed is chosen, without asking the server.
  chosen: () => (seed) => window.dispatchEvent(new CustomEvent("cgan-seed", { detail: seed })),
})
