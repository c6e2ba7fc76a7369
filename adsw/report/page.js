// What every page does by itself: unfolds what a link leads to, and lets commands and files be copied.
(() => {
  "use strict";
  const show = () => {
    const part = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!part) return;
    for (const fold of part.querySelectorAll(":scope > details.section")) fold.open = true;
    part.scrollIntoView();
  };
  window.addEventListener("hashchange", show);
  document.querySelectorAll('nav a[href^="#"]').forEach((link) => link.addEventListener("click", () => setTimeout(show)));
  show();
  if (!navigator.clipboard) return;
  for (const text of document.querySelectorAll("code.command, pre")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "copied";
      setTimeout(() => { button.textContent = "copy"; }, 1500);
    });
    text.after(button);
  }
})();
// Tables of many rows: sorted by their heads, filtered by words, columns chosen.
(() => {
  "use strict";
  const FEW = 8;
  const value = (cell) => {
    if (!cell) return null;
    const text = cell.textContent.trim();
    const number = cell.dataset.value !== undefined ? cell.dataset.value : text.replace("\u2212", "-").replaceAll(",", "");
    return text === "\u2013" || text === "" ? null : Number.isFinite(Number(number)) ? Number(number) : text;
  };
  const before = (one, other) => (typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other)));
  const element = (name, fields, ...inside) => {
    const made = Object.assign(document.createElement(name), fields);
    made.append(...inside);
    return made;
  };
  for (const table of document.querySelectorAll(".scroll > table")) {
    if (table.tBodies.length !== 1 || table.rows.length <= FEW) continue;
    const body = table.tBodies[0];
    const original = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    const count = element("span", { className: "small" });
    const words = element("input", { type: "search", placeholder: "filter rows: words, or a column > value", ariaLabel: "Filter rows" });
    const test = (text) => {
      const rule = /^(.+?)\s*(<=|>=|<|>|=)\s*(.+)$/.exec(text);
      const at = rule ? heads.findIndex((head) => head.textContent.trim().toLowerCase().includes(rule[1].toLowerCase())) : -1;
      if (at < 0) return (row) => row.textContent.toLowerCase().includes(text);
      const wanted = Number.isFinite(Number(rule[3])) ? Number(rule[3]) : rule[3];
      return (row) => {
        const found = value(row.cells[at]);
        if (found === null) return false;
        const order = before(typeof found === "string" ? found.toLowerCase() : found, wanted);
        return { "<": order < 0, ">": order > 0, "<=": order <= 0, ">=": order >= 0, "=": order === 0 }[rule[2]];
      };
    };
    const filter = () => {
      const tests = words.value.toLowerCase().split(/[,;]/).map((part) => part.trim()).filter(Boolean).map(test);
      let shown = 0;
      for (const row of body.rows) {
        row.hidden = !tests.every((each) => each(row));
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = tests.length ? `${shown} of ${original.length}` : "";
    };
    words.addEventListener("input", filter);
    const sort = (place) => {
      const head = heads[place];
      const next = { "": "ascending", ascending: "descending", descending: "" }[head.ariaSort || ""];
      heads.forEach((other) => { other.ariaSort = null; });
      if (next) head.ariaSort = next;
      const sign = next === "descending" ? -1 : 1;
      const rows = next ? [...original].sort((one, other) => {
        const [a, b] = [value(one.cells[place]), value(other.cells[place])];
        return a === null || b === null ? (a === null) - (b === null) : sign * before(a, b);
      }) : original;
      body.append(...rows);
    };
    const boxes = heads.map((head, place) => {
      head.classList.add("sortable");
      head.tabIndex = 0;
      head.title = "sort";
      head.addEventListener("click", () => sort(place));
      head.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(place); });
      const box = element("input", { type: "checkbox", checked: true });
      box.addEventListener("change", () => {
        for (const row of table.rows) if (row.cells[place]) row.cells[place].hidden = !box.checked;
      });
      return element("label", {}, box, ` ${head.textContent.trim() || "column"}`);
    });
    const columns = element("details", { className: "columns" }, element("summary", { textContent: "columns" }), element("div", {}, ...boxes));
    table.parentElement.before(element("div", { className: "tools" }, words, columns, count));
  }
})();
