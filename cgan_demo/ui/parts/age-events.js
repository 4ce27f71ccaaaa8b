// What the tab's events do in the browser.
({
  // Tells the strip what the page's own fields say, without asking the server. genders: the numbers of the choices.
  told: (genders) => (age, gender) =>
    window.dispatchEvent(new CustomEvent("cgan-age", { detail: { age, gender: genders[gender] } })),
  // Adds what the view shows, the face or the whole photo, as the last value.
  shown: () => (...given) => [...given.slice(0, -1), document.querySelector("#age-view .view").dataset.shown],
})
