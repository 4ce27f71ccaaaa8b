// What events of several tabs do in the browser.
({
  // Changes its field once nothing has happened for some ms: of several promises made meanwhile the last one is kept.
  later: (name, ms) => () => new Promise((done) => {
    const timers = (window.cganTimers ??= {});
    clearTimeout(timers[name]);
    timers[name] = setTimeout(() => done(String(Date.now())), ms);
  }),
})
