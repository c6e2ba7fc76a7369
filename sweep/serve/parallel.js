// Parallel coordinates: a line per trial over one axis per parameter; dragging along an axis keeps a range.
"use strict";
const SVG = "http://www.w3.org/2000/svg";
const svg = (name, fields, text) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(fields)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
};
const parallel = (place, axes, rows, brushes, changed, colour) => {
  const width = Math.max(place.clientWidth, 300), height = 300, top = 34, bottom = height - 26;
  const at = (index) => 60 + (index * (width - 120)) / Math.max(1, axes.length - 1);
  const scales = axes.map((axis) => {
    const values = rows.map((row) => axis.value(row)).filter((value) => value !== null && value !== undefined);
    const numeric = values.length > 0 && values.every((value) => typeof value === "number");
    if (!numeric) {
      const names = [...new Set(values.map(String))].sort();
      const step = (bottom - top) / Math.max(1, names.length - 1);
      return { y: (value) => bottom - names.indexOf(String(value)) * step, ticks: names.map((name) => [name, bottom - names.indexOf(name) * step]) };
    }
    const low = Math.min(...values), high = Math.max(...values);
    const log = low > 0 && high / low > 20;
    const f = log ? Math.log : (value) => value;
    const span = f(high) - f(low) || 1;
    return { y: (value) => bottom - ((f(value) - f(low)) / span) * (bottom - top), ticks: [[written(low), bottom], [written(high), top]] };
  });
  const picture = svg("svg", { class: "pc", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Parallel coordinates of all trials" });
  const inside = (row) => axes.every((axis, index) => {
    const brush = brushes.get(axis.head);
    const value = axis.value(row);
    if (!brush) return true;
    if (value === null || value === undefined) return false;
    const y = scales[index].y(value);
    return y >= brush[0] && y <= brush[1];
  });
  for (const row of rows) {
    const points = axes.map((axis, index) => [axis.value(row), index]).filter(([value]) => value !== null && value !== undefined).map(([value, index]) => `${at(index).toFixed(1)},${scales[index].y(value).toFixed(1)}`);
    picture.append(svg("path", { d: `M${points.join("L")}`, stroke: colour(row), opacity: inside(row) ? 0.75 : 0.07 }));
  }
  axes.forEach((axis, index) => {
    const x = at(index), brush = brushes.get(axis.head);
    picture.append(svg("line", { class: "axis", x1: x, x2: x, y1: top, y2: bottom }));
    picture.append(svg("text", { x, y: index % 2 ? 10 : 22, "text-anchor": "middle" }, axis.head));
    scales[index].ticks.forEach(([text, y]) => picture.append(svg("text", { x: x + 6, y: y + (y === bottom ? 13 : -2) }, text)));
    if (brush) picture.append(svg("rect", { class: "brush", x: x - 9, width: 18, y: brush[0], height: brush[1] - brush[0] }));
    const grip = svg("rect", { class: "grip", x: x - 14, width: 28, y: top - 6, height: bottom - top + 12, "data-axis": axis.head });
    const height_at = (event) => {
      const box = picture.getBoundingClientRect();
      return Math.min(bottom + 2, Math.max(top - 2, ((event.clientY - box.top) * height) / box.height));
    };
    let from = null;
    grip.addEventListener("pointerdown", (event) => { from = height_at(event); grip.setPointerCapture(event.pointerId); });
    grip.addEventListener("pointerup", (event) => {
      if (from === null) return;
      const to = height_at(event);
      // A click without a drag gives the axis free again.
      if (Math.abs(to - from) < 4) brushes.delete(axis.head);
      else brushes.set(axis.head, [Math.min(from, to), Math.max(from, to)]);
      from = null;
      changed();
    });
    picture.append(grip);
  });
  place.replaceChildren(picture);
  return inside;
};
