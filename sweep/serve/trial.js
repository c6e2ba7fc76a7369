// A trial: its difference from the default, curve, schedules, retrieval by kind of query, and what it retrieves, to hear.
"use strict";
const showTrial = async (name, number) => {
  const path = `/api/runs/${encodeURIComponent(name)}/trials/${number}`;
  const trial = await get(path);
  const home = h("a", { href: `/runs/${encodeURIComponent(name)}` }, name);
  head(`Trial ${number}`, "", [home, trial.arm, h("span", { className: `badge ${trial.state}` }, trial.state), `${trial.metric} ${score(trial.value)}`, `${trial.epochs} epochs`, `seed ${trial.seed}`, `${Math.round(trial.seconds)} s`, trial.why].filter(Boolean));
  const curve = h("div", { className: "plot", id: "curve" });
  const schedules = trial.schedules.map((schedule) => [schedule, h("div", { className: "plot" })]);
  const hits = h("ol", { className: "hits", id: "hits" });
  const words = h("input", { type: "search", id: "query", value: "a slow sad tune", ariaLabel: "What to look for", size: 34 });
  const said = h("span", { className: "said", id: "heard" });
  const hear = async (event) => {
    event.preventDefault();
    said.textContent = "Searching; the first search reads the store and the text encoder.";
    try {
      const found = await get(`${path}/hear?count=8&text=${encodeURIComponent(words.value)}`);
      said.textContent = "";
      hits.replaceChildren(...found.hits.map((hit) => h("li", {}, h("span", {}, `${hit.rank}`), h("span", {}, h("b", {}, hit.track), h("span", { className: "small" }, Object.values(hit.tags).flat().join(", ")), h("span", { className: "small" }, `score ${hit.score.toFixed(3)}`)), h("audio", { controls: true, preload: "none", src: `${path}/clip?track=${encodeURIComponent(hit.track)}` }))));
    } catch (error) { said.textContent = error.message; }
  };
  const heard = trial.checkpoint
    ? [h("form", { className: "hear", onsubmit: hear }, words, " ", h("button", { type: "submit", id: "search" }, "find and play"), " ", said), hits]
    : [h("p", {}, "Its checkpoint was not kept, so nothing can be searched with it.")];
  const kinds = h("div", { className: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, ["set", "kind of query", trial.metric.split("/").pop()].map((text, place) => h("th", { className: place < 2 ? "l" : "" }, text)))), h("tbody", {}, trial.sources.map((row) => h("tr", {}, h("td", { className: "l" }, row.set), h("td", { className: "l" }, row.kind), h("td", {}, row.value, h("span", { className: "small" }, row.span)))))));
  byId("main").replaceChildren(
    section("What sets it apart from the default", trial.differences.length ? h("ul", { className: "notes" }, trial.differences.map((line) => h("li", {}, line))) : h("p", {}, "Nothing: it is the default recipe.")),
    section("Hear what it retrieves", ...heard),
    section("Curve", curve),
    ...(schedules.length ? [section("Schedules", ...schedules.map(([schedule, place]) => h("div", {}, h("h3", {}, schedule.name), h("p", { className: "what" }, schedule.words), place)))] : []),
    section("Retrieval by kind of query", trial.sources.length ? kinds : h("p", {}, "Its per-query results are not kept.")),
    section("Recipe", h("details", {}, h("summary", {}, "as YAML"), h("pre", {}, trial.recipe)), h("details", {}, h("summary", {}, "all metrics of its last epoch"), h("dl", {}, trial.metrics.flatMap(([key, value]) => [h("dt", {}, key), h("dd", {}, value)])))),
  );
  const line = (points, title, colour, dash) => ({ type: "scatter", mode: "lines", name: title, x: points.map((point) => point[0]), y: points.map((point) => point[1]), line: { color: ink(colour), width: 2.5, dash }, hovertemplate: `${title}, epoch %{x}: %{y:.4f}<extra></extra>` });
  const options = { displayModeBar: false, responsive: true };
  Plotly.react(curve, [line(trial.default_curve, "default", "default", "dash"), line(trial.curve, `trial ${number}`, "best", "solid")], { ...layout(320, "epoch", trial.metric), showlegend: true, legend: { orientation: "h", y: 1.12 } }, options);
  for (const [schedule, place] of schedules) Plotly.react(place, [line(schedule.points, schedule.name, "best", "solid")], layout(260, "epochs done", schedule.name), options);
};
{
  const found = /^\/runs\/([^/]+)\/trials\/(\d+)$/.exec(location.pathname);
  if (found) showTrial(decodeURIComponent(found[1]), Number(found[2])).catch(fail);
}
