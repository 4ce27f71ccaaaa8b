// What is wrong with what is seen of the page just now, as a list of sentences. `kinds` names the checks to make.
(kinds) => {
  const CONTROLS = "button, input, textarea, select, a[href], [tabindex], [role=button], [role=slider], canvas[role=application]";
  const INLINE = new Set(["STYLE", "SCRIPT", "NOSCRIPT", "TEMPLATE", "OPTION", "TITLE"]);
  const wrong = [];

  const box = (node) => node.getBoundingClientRect();
  const seen = (node) => {
    if (!node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const { width, height } = box(node);
    return width > 2 && height > 2;
  };
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
  const title = (node) => {  // where it is, and what it says
    const place = node.closest("[id]")?.id ?? "", kind = node.tagName.toLowerCase();
    const names = typeof node.className === "string" ? node.className.split(" ").filter((n) => n && !n.startsWith("svelte")) : [];
    const text = (node.getAttribute("aria-label") || node.textContent || node.value || "").trim().replace(/\s+/g, " ").slice(0, 50);
    return `#${place} ${[kind, ...names].join(".")} “${text}”`;
  };
  const report = (kind, node, words) => wrong.push(`${kind}: ${title(node)}${words ? ` ${words}` : ""}`);

  function sideways() {
    const wide = document.documentElement.scrollWidth - innerWidth;
    if (wide > 0) wrong.push(`sideways: the page is ${wide} px too wide`);
    const out = (node) => box(node).right > innerWidth + 1 || box(node).left < -1;
    const scrolled = (node) => node && (/auto|scroll/.test(getComputedStyle(node).overflowX) || scrolled(node.parentElement));
    all("#page-tabs *").filter((node) => out(node) && ![...node.children].some(out) && !scrolled(node.parentElement))
      .slice(0, 5).forEach((node) => report("sideways", node));
  }

  function alt() {
    all("img").filter((image) => !image.alt?.trim() && !image.closest("[aria-hidden=true]")).forEach((image) => report("alt", image));
  }

  const reached = (node) => node.tabIndex >= 0 || node.disabled || node.type === "radio" || node.getAttribute("role") === "tab";
  function keyboard() {
    all("button, input, textarea, select, a").filter((node) => !reached(node) && !node.closest("[aria-hidden=true]"))
      .forEach((node) => report("keyboard", node));
    const HANDS = new Set(["pointer", "crosshair", "grab", "ew-resize", "move"]);
    const hand = (node) => HANDS.has(getComputedStyle(node).cursor);
    all("body *").filter((node) => hand(node) && !(node.parentElement && hand(node.parentElement)))
      .filter((node) => !node.closest(`${CONTROLS}, label, summary`) && !node.querySelector(CONTROLS))
      .filter((node) => !node.closest("[tabindex]"))
      .forEach((node) => report("keyboard", node, "has a hand for a pointer"));
  }

  function shown(node) {  // its box without what is cut off by what it lies in
    let { left, top, right, bottom } = box(node);
    for (let up = node.parentElement; up; up = up.parentElement) {
      if (getComputedStyle(up).overflow === "visible") continue;
      const edge = box(up);
      [left, top, right, bottom] = [Math.max(left, edge.left), Math.max(top, edge.top), Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
    }
    return { left, top, right, bottom };
  }

  function overlap() {
    const nodes = all(CONTROLS).filter((node) => getComputedStyle(node).pointerEvents !== "none"), boxes = nodes.map(shown);
    nodes.forEach((a, i) => nodes.slice(i + 1).forEach((b, k) => {
      const [p, q] = [boxes[i], boxes[i + 1 + k]];
      const width = Math.min(p.right, q.right) - Math.max(p.left, q.left), height = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      if (width > 2 && height > 2 && !a.contains(b) && !b.contains(a)) report("overlap", a, `and ${title(b)}`);
    }));
  }

  function cut() {
    all("body *").filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
      .filter((node) => getComputedStyle(node).overflowX !== "visible" && getComputedStyle(node).overflowX !== "auto" && node.scrollWidth > node.clientWidth + 1)
      .forEach((node) => report("cut", node));
    all("textarea").filter((node) => node.scrollHeight > node.clientHeight + 4 && node.clientHeight < 100).forEach((node) => report("cut", node));
  }

  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }), known = new Map();
  function rgba(color) {
    if (!known.has(color)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = color;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      known.set(color, [r, g, b, a / 255]);
    }
    return known.get(color);
  }
  const over = ([r, g, b, a], under) => [r, g, b].map((c, i) => a * c + (1 - a) * under[i]);
  const light = (color) => {
    const [r, g, b] = color.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  function grounds(node) {  // what the text lies on; over a picture both the lightest and the darkest
    const layers = [];
    for (let up = node; up; up = up.parentElement) {
      const style = getComputedStyle(up), color = rgba(style.backgroundColor);
      if (color[3]) layers.push(color);
      if (color[3] > 0.99) return [mixed(layers, [255, 255, 255])];
      if (up !== node && style.backgroundImage !== "none") return [];
      if (style.position === "absolute" && up.parentElement?.querySelector("img, canvas, video")) {
        return [mixed(layers, [255, 255, 255]), mixed(layers, [0, 0, 0])];
      }
    }
    return [mixed(layers, [255, 255, 255])];
  }
  const mixed = (layers, base) => layers.reduceRight((under, layer) => over(layer, under), base);

  function contrast() {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (const done = new Set(); walk.nextNode();) {
      const node = walk.currentNode.parentElement;
      if (!walk.currentNode.data.trim() || done.has(node) || INLINE.has(node.tagName) || !seen(node) || node.closest(":disabled, [aria-hidden=true]")) continue;
      done.add(node);
      judge(node, getComputedStyle(node).color);
    }
    all("input:not([type=range], [type=checkbox], [type=radio], [type=file]), textarea").filter((node) => node.value && !node.disabled)
      .forEach((node) => judge(node, getComputedStyle(node).color));
    all("textarea, input").filter((node) => node.placeholder && !node.value).forEach((node) => judge(node, getComputedStyle(node, "::placeholder").color));
  }
  function judge(node, color) {
    const style = getComputedStyle(node), size = parseFloat(style.fontSize), needed = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    let faded = 1;
    for (let up = node; up; up = up.parentElement) faded *= Number(getComputedStyle(up).opacity);
    const ratios = grounds(node).map((ground) => {
      const [r, g, b, a] = rgba(color), text = light(over([r, g, b, a * faded], ground)), under = light(ground);
      return (Math.max(text, under) + 0.05) / (Math.min(text, under) + 0.05);
    });
    const worst = Math.min(...ratios);
    if (worst < needed - 0.01) report("contrast", node, `${worst.toFixed(2)}:1`);
  }

  const checks = { sideways, alt, keyboard, overlap, cut, contrast };
  kinds.forEach((kind) => checks[kind]());
  return [...new Set(wrong)];
}
