// What all pages share, and the list of runs.
"use strict";
const MINUS = "\u2212";
const h = (name, fields, ...inside) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(fields || {})) {
    if (value === null || value === undefined) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "dataset") Object.assign(made.dataset, value);
    else if (key in made && key !== "list") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...inside.flat().filter((each) => each !== null && each !== undefined));
  return made;
};
const get = async (path, options) => {
  const answer = await fetch(path, options);
  const document = await answer.json();
  if (!answer.ok) throw new Error(document.error || answer.statusText);
  return document;
};
const written = (value) => {
  if (value === null || value === undefined) return "\u2013";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return (Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)))).replace("-", MINUS);
  return Array.isArray(value) ? value.map(written).join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value);
};
const score = (value) => (typeof value === "number" ? value.toFixed(3).replace("-", MINUS) : "\u2013");
const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const byId = (id) => document.getElementById(id);
const order = (one, other) => {
  if (one === null || one === undefined || other === null || other === undefined) return (one ?? null) === null ? ((other ?? null) === null ? 0 : 1) : -1;
  return typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other), undefined, { numeric: true });
};
// "optim.lr > 0.001, step" keeps what fulfils all: comparisons of a column, or words anywhere.
const filterOf = (text, columns) => {
  const tests = text.toLowerCase().split(/[,;]/).map((part) => part.trim()).filter(Boolean).map((part) => {
    const rule = /^(.+?)\s*(<=|>=|<|>|=)\s*(.+)$/.exec(part);
    const column = rule && columns.find((each) => each.head.toLowerCase().includes(rule[1]));
    if (!column) return (row) => columns.some((each) => String(each.text(row)).toLowerCase().includes(part));
    const wanted = Number.isFinite(Number(rule[3])) ? Number(rule[3]) : rule[3];
    return (row) => {
      const found = column.value(row);
      if (found === null || found === undefined) return false;
      const sign = order(typeof found === "string" ? found.toLowerCase() : found, wanted);
      return { "<": sign < 0, ">": sign > 0, "<=": sign <= 0, ">=": sign >= 0, "=": sign === 0 }[rule[2]];
    };
  });
  return (row) => tests.every((test) => test(row));
};
// A table that is sorted by its heads and whose columns are chosen; `state` outlives it, so that news change nothing of that.
const table = (rows, columns, state, marks, changed) => {
  const shown = columns.filter((column) => !state.hidden.has(column.head));
  const by = columns.find((column) => column.head === state.sort);
  // What has no value comes last, whichever way the others are sorted.
  const none = (row) => (by.value(row) ?? null) === null;
  const sorted = by ? [...rows].sort((one, other) => none(one) - none(other) || state.sign * order(by.value(one), by.value(other))) : rows;
  const head = h("tr", {}, shown.map((column) => h("th", {
    className: `sort${column.left ? " l" : ""}`, scope: "col", tabIndex: 0,
    ariaSort: state.sort === column.head ? (state.sign > 0 ? "ascending" : "descending") : null,
    onclick: () => {
      if (state.sort !== column.head) Object.assign(state, { sort: column.head, sign: 1 });
      else if (state.sign > 0) state.sign = -1;
      else state.sort = "";
      changed();
    },
    onkeydown: (event) => { if (event.key === "Enter") event.target.click(); },
  }, column.head)));
  const body = sorted.map((row) => h("tr", { className: marks(row) }, shown.map((column) => h("td", {
    className: `${column.left ? "l" : ""}${column.words ? " words" : ""}`,
  }, column.node ? column.node(row) : column.text(row)))));
  return h("div", { className: "scroll" }, h("table", {}, h("thead", {}, head), h("tbody", {}, body)));
};
const chooser = (columns, state, changed) => h("details", { className: "columns", open: Boolean(state.choosing), ontoggle: (event) => { state.choosing = event.target.open; } }, h("summary", {}, "columns"), h("div", {}, columns.map((column) => h("label", {}, h("input", {
  type: "checkbox", checked: !state.hidden.has(column.head),
  onchange: (event) => { state.hidden[event.target.checked ? "delete" : "add"](column.head); changed(); },
}), ` ${column.head}`))));
const layout = (height, x, y) => ({
  height, margin: { l: 52, r: 12, t: 12, b: 44 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "closest",
  font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: ink("ink") }, showlegend: false,
  xaxis: { title: { text: x }, gridcolor: ink("line"), zeroline: false }, yaxis: { title: { text: y }, gridcolor: ink("line"), zeroline: false },
});
const follow = (name, news) => {
  const stream = new EventSource(`/api/events${name ? `?run=${encodeURIComponent(name)}` : ""}`);
  let busy = false, again = false;
  const look = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try { await news(); } catch (error) { fail(error); }
    busy = false;
    if (again) { again = false; look(); }
  };
  stream.onmessage = look;
  stream.onopen = () => byId("live").classList.add("on");
  stream.onerror = () => byId("live").classList.remove("on");
};
const fail = (error) => byId("main").prepend(h("p", { className: "notice" }, error.message));
const head = (title, lead, meta) => {
  document.title = title;
  byId("title").textContent = title;
  byId("lead").textContent = lead || "";
  byId("meta").replaceChildren(...meta.map((part) => h("li", {}, part)));
};
const token = () => sessionStorage.getItem("token") || "";
if (location.hash.startsWith("#token=")) {
  sessionStorage.setItem("token", decodeURIComponent(location.hash.slice(7)));
  history.replaceState(null, "", location.pathname);
}
const send = (path, body) => get(path, { method: "POST", headers: { "Content-Type": "application/json", Authorization: `Bearer ${token()}` }, body: JSON.stringify(body) });
const section = (title, ...inside) => h("section", {}, h("h2", {}, title), ...inside);

const showRuns = () => {
  const state = { sort: "", sign: 1, hidden: new Set(["kind"]) };
  const picked = new Set();
  let runs = [], text = "";
  const columns = [
    { head: "compare", left: true, value: (run) => (picked.has(run.name) ? 0 : 1), text: () => "", node: (run) => h("input", { type: "checkbox", checked: picked.has(run.name), ariaLabel: `compare ${run.name}`, onchange: (event) => { picked[event.target.checked ? "add" : "delete"](run.name); draw(); } }) },
    { head: "run", left: true, value: (run) => run.name, text: (run) => run.name, node: (run) => [h("a", { href: `/runs/${encodeURIComponent(run.name)}` }, run.name), " ", ...(run.tags || []).map((tag) => h("span", { className: "tag" }, tag))] },
    { head: "status", left: true, value: (run) => run.status, text: (run) => run.status, node: (run) => h("span", { className: `badge ${run.status}` }, run.status) },
    { head: "answer", left: true, words: true, value: (run) => run.answer, text: (run) => run.answer || run.why || "\u2013", node: (run) => [run.answer || run.why || "\u2013", ...(run.note ? [h("span", { className: "small" }, run.note)] : [])] },
    { head: "trials", value: (run) => Object.values(run.states || {}).reduce((sum, count) => sum + count, 0), text: (run) => `${Object.values(run.states || {}).reduce((sum, count) => sum + count, 0)}${run.planned ? ` of ${run.planned}` : ""}` },
    { head: "best", value: (run) => run.best && run.best.value, text: (run) => (run.best ? score(run.best.value) : "\u2013"), node: (run) => (run.best ? [score(run.best.value), h("span", { className: "small" }, run.metric)] : "\u2013") },
    { head: "kind", left: true, value: (run) => run.kind, text: (run) => run.kind || "" },
    { head: "begun", left: true, value: (run) => run.created, text: (run) => (run.created || "").slice(0, 16).replace("T", " ") },
  ];
  const place = h("div", { id: "runs" });
  const compare = h("button", { type: "button", disabled: true, onclick: () => { location.href = `/compare?${[...picked].map((name) => `run=${encodeURIComponent(name)}`).join("&")}`; } }, "compare");
  const search = h("input", { type: "search", placeholder: "filter: words, tags, best > 0.3", ariaLabel: "Filter runs", oninput: (event) => { text = event.target.value; draw(); } });
  const draw = () => {
    const keep = filterOf(text, columns);
    compare.disabled = picked.size < 2;
    place.replaceChildren(table(runs.filter(keep), columns, state, (run) => (picked.has(run.name) ? "picked" : ""), draw));
  };
  byId("main").replaceChildren(section("Runs", h("div", { className: "bar-tools" }, search, compare, chooser(columns, state, draw)), place));
  follow("", async () => {
    runs = (await get("/api/runs")).runs;
    head("Sweeps", runs.length ? "" : "There is no run in this folder yet.", [`${runs.length} runs`, `${runs.filter((run) => run.status === "running").length} running`]);
    draw();
  });
};
if (location.pathname === "/") showRuns();
