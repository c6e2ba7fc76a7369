// Draws the figures: inflates Plotly out of the page itself, fills in the page's colours, follows its scheme.
(async () => {
  "use strict";
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const places = [...document.querySelectorAll("[data-figure]")];
  const tell = (text) => {
    const notice = document.getElementById("notice");
    notice.textContent = text;
    notice.hidden = false;
    places.forEach((place) => { place.style.minHeight = "0"; });
  };
  const inflate = async (id) => {
    const packed = atob(document.getElementById(id).textContent.trim());
    const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  };
  const coloured = (value, style) => {
    if (typeof value === "string") {
      const name = /^var\((--[\w-]+)\)$/.exec(value);
      return name ? style.getPropertyValue(name[1]).trim() : value;
    }
    if (Array.isArray(value)) return value.map((item) => coloured(item, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, coloured(item, style)]));
    }
    return value;
  };
  const draw = async (place) => {
    const style = getComputedStyle(document.documentElement);
    const { data, layout } = coloured(figures[place.dataset.figure], style);
    layout.font.family = getComputedStyle(document.body).fontFamily;
    layout.width = place.drawnWidth = place.clientWidth;
    await Plotly.react(place, data, layout, { displayModeBar: false });
    place.querySelectorAll("svg").forEach((svg) => svg.setAttribute("aria-hidden", "true"));
  };
  const drawAll = () => Promise.all(places.map(draw));
  const follow = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.clientWidth && target.clientWidth !== target.drawnWidth) draw(target);
    }
  });
  if (typeof DecompressionStream === "undefined") {
    tell("This browser is too old to draw the figures (it lacks DecompressionStream). Captions and tables say what they show.");
    return;
  }
  // A document that stays open holds back the page's load event, so what prints at load finds the figures drawn.
  const waiting = document.createElement("iframe");
  waiting.hidden = true;
  document.body.append(waiting);
  waiting.contentDocument?.open();
  try {
    const script = document.createElement("script");
    script.textContent = await inflate("plotly");
    document.head.append(script);
    await drawAll();
    places.forEach((place) => follow.observe(place));
  } catch (error) {
    tell(`The figures could not be drawn (${error}). Captions and tables say what they show.`);
    return;
  } finally {
    waiting.contentDocument?.close();
    waiting.remove();
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  // Paper is light and about 680 pixels wide: set figures for it before printing, and back after.
  const printing = (on) => {
    document.documentElement.classList.toggle("printing", on);
    document.querySelectorAll("details:not(.long, .columns)").forEach((part) => {
      if (on) part.dataset.before = part.open;
      part.open = on || part.dataset.before === "true";
    });
    places.forEach((place) => { place.style.width = on ? (place.closest(".grid, .pair") ? "320px" : "680px") : ""; });
    drawAll();
  };
  window.addEventListener("beforeprint", () => printing(true));
  window.addEventListener("afterprint", () => printing(false));
})();
