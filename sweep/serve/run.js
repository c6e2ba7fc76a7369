// A run: what it answers, live curves, parallel coordinates, leaderboard.
"use strict";
const PICTURE_ROOM = 0.06;
// The answer as the report gives it: a sentence, the size with its interval, how sure, what next.
const answerOf = (answer) => {
  const bars = answer.picture || [];
  const ends = bars.flatMap((bar) => [bar.low, bar.high, bar.value]);
  const about = bars.some((bar) => ["better", "worse", "open"].includes(bar.side)) && !bars.some((bar) => ["best", "default"].includes(bar.side));
  if (about) ends.push(0);
  const low = Math.min(...ends), high = Math.max(...ends), room = PICTURE_ROOM * (high - low) || 0.01;
  const at = (value) => `${((100 * (value - low + room)) / (high - low + 2 * room)).toFixed(2)}%`;
  const digits = (bar) => Math.min(4, Math.max(0, 1 - Math.floor(Math.log10(Math.max(1e-9, (bar.high - bar.low) / 2)))));
  const number = (value, places) => `${about && value > 0 ? "+" : ""}${value.toFixed(places)}`.replace("-", MINUS);
  return h("section", { className: `verdict ${answer.tone}`, id: "answer" },
    h("p", { className: "headline" }, answer.sentence),
    bars.length ? h("figure", { className: "picture" }, bars.map((bar) => h("p", { className: bar.side },
      h("span", { className: "name" }, bar.label),
      h("span", { className: "bar" }, ...(about ? [h("u", { style: `left:${at(0)}` })] : []), h("i", { style: `left:${at(bar.low)};right:calc(100% - ${at(bar.high)})` }), h("b", { style: `left:${at(bar.value)}` })),
      h("span", { className: "figures" }, h("b", {}, number(bar.value, digits(bar))), " ", h("span", { className: "small" }, `${number(bar.low, digits(bar))} to ${number(bar.high, digits(bar))}`))))) : "",
    h("dl", { className: "facts" }, h("dt", {}, "How sure"), h("dd", {}, answer.sure),
      ...(answer.next.length ? [h("dt", {}, "What next"), h("dd", {}, answer.next.map((step) => h("p", { className: "step" }, step.text, " ", ...(step.command ? [h("code", { className: "command" }, step.command)] : []))))] : [])));
};
const notesOf = (run, orders, name) => {
  const tags = h("input", { value: run.tags.join(", "), placeholder: "tags, with commas", ariaLabel: "Tags" });
  const note = h("textarea", { value: run.note, placeholder: "a note on this run", ariaLabel: "Note" });
  const said = h("span", { className: "said" });
  if (!orders) return h("div", {}, ...run.tags.map((tag) => h("span", { className: "tag" }, tag)), h("p", {}, run.note || "No note."), h("p", { className: "said" }, "Notes are written where the server was started with --token."));
  const keep = async () => {
    try {
      await send(`/api/runs/${encodeURIComponent(name)}/notes`, { note: note.value, tags: tags.value.split(",").map((tag) => tag.trim()).filter(Boolean) });
      said.textContent = "kept";
    } catch (error) { said.textContent = error.message; }
  };
  return h("div", { className: "note" }, tags, note, h("span", {}, h("button", { type: "button", onclick: keep }, "keep"), " ", said));
};
const showRun = (name) => {
  const state = { sort: "", sign: 1, hidden: new Set(["seconds", "seed", "why"]) };
  const brushes = new Map();
  const ended = [];
  let run = null, generation = -1, text = "", inside = () => true, noted = false;
  const arms = new Map();
  const colours = ["default", "best", "good", "open", "warn", "failed", "s4", "s2", "completed"];
  const colour = (row) => {
    if (run.kind === "ablation") return ink(colours[(arms.get(row.arm) || 0) % colours.length]);
    if (row.rank === 1) return ink("best");
    if (row.arm === "default") return ink("default");
    return ink(row.state === "running" ? "good" : row.state === "completed" ? "completed" : "stopped");
  };
  const rows = () => {
    const sign = run.mode === "max" ? -1 : 1;
    const all = [...ended, ...run.running];
    const done = all.filter((row) => row.state === "completed" && !row.purpose && row.value !== null).sort((one, other) => sign * (one.value - other.value));
    all.forEach((row) => { row.rank = null; });
    done.forEach((row, place) => { row.rank = place + 1; });
    const rest = all.filter((row) => row.rank === null).sort((one, other) => (other.state === "running") - (one.state === "running") || other.epochs - one.epochs || order(one.number, other.number));
    for (const row of all) if (!arms.has(row.arm)) arms.set(row.arm, arms.size);
    return [...done, ...rest];
  };
  // Parameters by how strongly trials' order follows them, so that what matters stands first.
  const importance = (key, all) => {
    const pairs = all.filter((row) => row.value !== null && row.value !== undefined && typeof row.params[key] === "number" && row.epochs).map((row) => [row.params[key], row.value]);
    if (pairs.length < 4) return 0;
    const ranks = (values) => { const sorted = [...values].sort((a, b) => a - b); return values.map((value) => sorted.indexOf(value)); };
    const [x, y] = [ranks(pairs.map((pair) => pair[0])), ranks(pairs.map((pair) => pair[1]))];
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [mx, my] = [mean(x), mean(y)];
    const cov = x.reduce((sum, value, place) => sum + (value - mx) * (y[place] - my), 0);
    const dev = Math.sqrt(x.reduce((sum, value) => sum + (value - mx) ** 2, 0) * y.reduce((sum, value) => sum + (value - my) ** 2, 0));
    return dev ? Math.abs(cov / dev) : 0;
  };
  const columnsOf = (all) => {
    const keys = Object.keys(run.parameters).filter((key) => all.some((row) => row.params[key] !== undefined));
    keys.sort((one, other) => importance(other, all) - importance(one, all));
    const where = (row) => `/runs/${encodeURIComponent(name)}/trials/${row.number}`;
    return [
      { head: "rank", value: (row) => row.rank, text: (row) => written(row.rank) },
      { head: "trial", left: true, value: (row) => row.number, text: (row) => `${row.number} ${row.arm || ""} ${row.purpose || ""}`, node: (row) => [row.state === "running" ? String(row.number) : h("a", { href: where(row) }, String(row.number)), ...[row.arm, row.purpose, row.rank === 1 ? "best" : null].filter(Boolean).map((word) => h("span", { className: `badge ${word}` }, word))] },
      { head: "state", left: true, value: (row) => row.state, text: (row) => row.state },
      { head: "value", value: (row) => row.value, text: (row) => score(row.value) },
      { head: "epochs", value: (row) => row.epochs, text: (row) => written(row.epochs) },
      ...keys.map((key) => ({ head: run.parameters[key], value: (row) => row.params[key], text: (row) => written(row.params[key]) })),
      { head: "seed", value: (row) => row.seed, text: (row) => written(row.seed) },
      { head: "seconds", value: (row) => row.seconds, text: (row) => written(row.seconds) },
      { head: "why", left: true, words: true, value: (row) => row.why, text: (row) => row.why || "" },
    ];
  };
  const parts = { answer: h("div", {}), curves: h("div", { className: "plot", id: "curves" }), lines: h("div", { className: "scroll", id: "parallel" }), tools: h("div", { className: "bar-tools" }), board: h("div", { id: "leaderboard" }), notes: h("div", {}), orders: h("div", { className: "bar-tools" }) };
  const search = h("input", { type: "search", id: "filter", placeholder: "filter: words, optim.lr > 0.001, value > 0.3", ariaLabel: "Filter trials", oninput: (event) => { text = event.target.value; draw(); } });
  // The input stays where it is, so that news take no focus away.
  const tools = h("div", { className: "bar-tools" }, search, parts.tools);
  byId("main").replaceChildren(parts.answer, h("section", {}, parts.orders, h("h2", {}, "Curves"), parts.curves), section("Parameters", h("p", { className: "what" }, "Drag along an axis to keep a range; click it to give it free."), parts.lines), section("Leaderboard", tools, parts.board), section("Notes", parts.notes));
  const draw = () => {
    const all = rows(), columns = columnsOf(all);
    const axes = [...columns.filter((column) => Object.values(run.parameters).includes(column.head)).slice(0, 8), { head: "value", value: (row) => row.value }];
    const keep = filterOf(text, columns);
    const filtered = all.filter(keep);
    if (axes.length > 1) inside = parallel(parts.lines, axes, filtered, brushes, draw, colour);
    else parts.lines.replaceChildren(h("p", { className: "what" }, "The trials differ in no single parameter."));
    const shown = filtered.filter(inside);
    parts.tools.replaceChildren(chooser(columns, state, draw), h("span", { className: "said", id: "count" }, shown.length === all.length ? `${all.length} trials` : `${shown.length} of ${all.length} trials`), ...(brushes.size ? [h("button", { type: "button", onclick: () => { brushes.clear(); draw(); } }, "all ranges")] : []));
    parts.board.replaceChildren(table(shown, columns, state, (row) => [row.rank === 1 ? "best" : "", row.arm === "default" ? "default" : "", row.state].join(" "), draw));
    const traces = shown.filter((row) => row.curve.length).map((row) => ({
      type: "scatter", mode: row.curve.length > 1 ? "lines" : "markers", x: row.curve.map((point) => point[0]), y: row.curve.map((point) => point[1]), name: `trial ${row.number}${row.arm ? ` ${row.arm}` : ""}`,
      customdata: row.curve.map(() => row.number), hovertemplate: `trial ${row.number}${row.arm ? ` ${row.arm}` : ""}, epoch %{x}: %{y:.4f}<extra></extra>`,
      line: { color: colour(row), width: row.rank === 1 || row.arm === "default" ? 3 : 1.5, dash: row.state === "stopped" ? "dot" : "solid" }, marker: { color: colour(row) },
    }));
    Plotly.react(parts.curves, traces, layout(340, "epoch", run.metric), { displayModeBar: false, responsive: true });
    if (!parts.curves.dataset.clicks) {
      parts.curves.dataset.clicks = "1";
      parts.curves.on("plotly_click", (event) => { location.href = `/runs/${encodeURIComponent(name)}/trials/${event.points[0].customdata}`; });
    }
  };
  const stop = async (event) => {
    event.target.disabled = true;
    try { await send(`/api/runs/${encodeURIComponent(name)}/stop`, {}); } catch (error) { fail(error); }
  };
  follow(name, async () => {
    run = await get(`/api/runs/${encodeURIComponent(name)}?after=${ended.length}&generation=${generation}`);
    ended.length = run.after;
    ended.push(...run.trials);
    generation = run.generation;
    const rate = run.rate ? `${run.rate.toFixed(2)} epochs/s` : "";
    head(name, run.description, [h("span", { className: `badge ${run.status}`, id: "status" }, run.status), run.said, `${run.total}${run.planned ? ` of ${run.planned}` : ""} trials ended`, rate, run.phase, `${run.metric}, ${run.mode === "max" ? "higher" : "lower"} is better`].filter(Boolean));
    parts.answer.replaceChildren(...(run.answer ? [answerOf(run.answer)] : []));
    parts.orders.replaceChildren(h("a", { href: `/report/${encodeURIComponent(name)}` }, run.status === "running" ? "report so far" : "whole report"), ...(run.orders && run.status === "running" ? [h("button", { type: "button", className: "order", disabled: run.stopping, onclick: stop }, run.stopping ? "asked to stop" : "stop the sweep")] : []));
    // Notes are drawn once: news must not take away what is being typed.
    if (!noted) { parts.notes.replaceChildren(notesOf(run, run.orders, name)); noted = true; }
    draw();
  });
};
if (/^\/runs\/[^/]+$/.test(location.pathname)) showRun(decodeURIComponent(location.pathname.split("/")[2]));
