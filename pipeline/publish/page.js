"use strict";
// The page is complete without this: it only filters, sorts, folds and exports the rows that stand in the tables.
// Written for Chromium 78 and later.
const collator = new Intl.Collator("zh-CN", { numeric: true });
const ordered = ["错误", "核实", "提示"];
const listings = [];

const fold = (text) => text.normalize("NFKC").toLowerCase();
const plain = (cell) => {
  const part = cell.querySelector("a, b") || cell.firstChild;
  return part ? part.textContent.trim() : "";
};
// What a row may be filtered by in one column: each word set apart there, else what the cell says first.
const values = (cell) => {
  const marks = Array.from(cell.querySelectorAll("b"), (mark) => mark.textContent);
  return marks.length ? marks : [plain(cell)];
};
const compare = (a, b) =>
  ordered.includes(a) && ordered.includes(b) ? ordered.indexOf(a) - ordered.indexOf(b) : collator.compare(a, b);

function create(name, properties, parent) {
  const element = Object.assign(document.createElement(name), properties);
  if (parent) parent.appendChild(element);
  return element;
}

function listing(form) {
  const table = document.getElementById(form.dataset.table);
  if (!table) return;
  const body = table.tBodies[0];
  const heads = Array.from(table.tHead.rows[0].cells);
  const sortKey = table.dataset.sort;
  const fields = Array.from(form.querySelectorAll("[data-key]"));
  const output = form.querySelector("output");
  let head = null;
  const items = Array.from(body.rows, (row, order) => {
    if (!row.classList.contains("m")) head = { open: false, size: 0, mark: null };
    head.size += 1;
    const cells = Array.from(row.cells);
    const place = cells[3];
    head.mark = head.mark || place.querySelector("i");
    return { row, cells, place, order, group: head, text: fold(row.textContent), said: cells.map(plain), marks: cells.map(values) };
  });
  const none = create("tr", { className: "none", hidden: true });
  create("td", { colSpan: heads.length, textContent: "没有符合条件的内容。可以清除条件再看。" }, none);
  table.createTFoot().appendChild(none);
  let sort = "";
  let isMoved = false;
  let shown = items;

  function fill(select) {
    const column = Number(select.dataset.column);
    const counts = new Map();
    items.forEach(({ marks }) => marks[column].forEach((v) => counts.set(v, (counts.get(v) || 0) + 1)));
    const names = new Map();
    const named = select.dataset.names && document.getElementById(select.dataset.names);
    if (named) Array.from(named.tBodies[0].rows, (row) => names.set(plain(row.cells[0]), plain(row.cells[1])));
    Array.from(counts.keys()).filter(Boolean).sort(compare).forEach((value) => {
      const name = names.has(value) ? `${value} ${names.get(value)}` : value;
      create("option", { value, textContent: `${name}（${counts.get(value)}）` }, select);
    });
  }

  function choose(field, value) {
    if (field.tagName === "SELECT" && value && !Array.from(field.options).some((option) => option.value === value)) {
      create("option", { value, textContent: `${value}（0）` }, field);
    }
    field.value = value;
  }

  function wanted() {
    const words = fold(fields[0].value).split(/\s+/).filter(Boolean);
    const chosen = fields.slice(1).filter((field) => field.value);
    return ({ text, marks }) =>
      words.every((word) => text.includes(word)) &&
      chosen.every((field) => marks[Number(field.dataset.column)].includes(field.value));
  }

  function arranged(found) {
    if (!sort) return found;
    const down = sort[0] === "-";
    const column = heads.findIndex((cell) => cell.dataset.title === sort.replace(/^-/, ""));
    if (column < 0) return found;
    const sorted = found.slice().sort((a, b) => {
      const [x, y] = [a.said[column], b.said[column]];
      if (!x !== !y) return x ? -1 : 1;  // blanks last, either way
      return (down ? -1 : 1) * compare(x, y) || a.order - b.order;
    });
    const groups = new Map();
    sorted.forEach((item) => groups.set(item.group, (groups.get(item.group) || []).concat(item)));
    return [].concat(...groups.values());
  }

  function render() {
    shown = arranged(items.filter(wanted()));
    const visible = new Set(shown);
    const groups = new Map();
    shown.forEach((item) => groups.set(item.group, (groups.get(item.group) || []).concat(item)));
    groups.forEach(dress);
    items.forEach((item) => { if (!visible.has(item)) item.row.hidden = true; });
    if (sort || isMoved) (sort ? shown : items).forEach(({ row }) => body.appendChild(row));
    isMoved = sort !== "";
    none.hidden = shown.length > 0;
    const rest = items.length === shown.length ? `共 ${items.length} 条` : `共 ${items.length} 条，符合条件 ${shown.length} 条`;
    output.textContent = groups.size < shown.length ? `${rest}，同类合并为 ${groups.size} 行` : rest;
    fields.forEach((field) => field.parentNode.classList.toggle("set", field.value !== ""));
    heads.forEach((cell) => {
      const title = cell.dataset.title;
      cell.setAttribute("aria-sort", sort === title ? "ascending" : sort === `-${title}` ? "descending" : "none");
    });
  }

  // A group shows its first row, which says how many there are and opens the others.
  function dress(members, group) {
    members.forEach(({ row }, index) => {
      row.hidden = index > 0 && !group.open;
      row.classList.toggle("in", index > 0);
    });
    if (group.size === 1) return;
    if (group.mark.tagName !== "BUTTON") {
      group.mark.remove();
      group.mark = create("button", { type: "button" });
      group.mark.addEventListener("click", () => { group.open = !group.open; render(); group.mark.focus(); });
    }
    group.mark.hidden = members.length === 1;
    group.mark.textContent = group.open ? `收起 ${members.length} 处` : `等 ${members.length} 处`;
    group.mark.setAttribute("aria-expanded", String(group.open));
    members[0].place.appendChild(group.mark);
  }

  function save() {
    const state = new URLSearchParams();
    listings.forEach((other) => other.write(state));
    history.replaceState(null, "", `#${state}`);
  }

  function write(state) {
    fields.forEach((field) => { if (field.value) state.set(field.dataset.key, field.value); });
    if (sort) state.set(sortKey, sort);
  }

  function read(state) {
    fields.forEach((field) => choose(field, state.get(field.dataset.key) || ""));
    sort = state.get(sortKey) || "";
    render();
    const isAsked = sort !== "" || fields.some((field) => field.value);
    return isAsked ? document.getElementById(form.dataset.section) : null;
  }

  function exported() {
    const cell = (text) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replace(/"/g, '""')}"`;
    const said = ({ place, cells }) => cells.map((part) => (part === place ? plain(part) : part.textContent.trim()));
    const table = [heads.map((title) => title.dataset.title)].concat(shown.map(said));
    const text = table.map((line) => line.map(cell).join(",")).join("\r\n");
    return new Blob(["\ufeff", text, "\r\n"], { type: "text/csv" });
  }

  heads.forEach((cell) => {
    const title = cell.textContent;
    cell.dataset.title = title;
    cell.textContent = "";
    const button = create("button", { type: "button", textContent: title }, cell);
    const turns = ["", title, `-${title}`, ""];
    if (cell.classList.contains("num")) turns.reverse();  // of numbers, the large ones first
    button.addEventListener("click", () => {
      sort = turns[turns.indexOf(turns.includes(sort) ? sort : "") + 1];
      render();
      save();
    });
  });
  fields.slice(1).forEach(fill);
  let waiting = 0;
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(() => { render(); save(); }, 150); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { sort = ""; render(); save(); }));
  const button = form.querySelector("[data-export]");
  if (button) {
    button.addEventListener("click", () => {
      const href = URL.createObjectURL(exported());
      const link = create("a", { href, download: button.dataset.export }, document.body);
      link.click();
      link.remove();
      setTimeout(() => URL.revokeObjectURL(href), 1000);
    });
  }
  form.hidden = false;
  listings.push({ table, read, write });
}

// The place of each finding opens the file that its team sent.
function linkPlaces() {
  const files = new Map();
  document.querySelectorAll("#teams-table a.file").forEach((link) => {
    files.set(link.closest("tr").cells[0].textContent, link.getAttribute("href"));
  });
  document.querySelectorAll("#findings-table tbody tr").forEach((row) => {
    const href = files.get(plain(row.cells[1]));
    const text = row.cells[3].firstChild;
    if (href) {
      text.before(create("a", { href, title: "打开来件", textContent: text.data.trim() }), " ");
      text.remove();
    }
  });
}

// An address with "=" says what is looked for; any other is a place on the page, which a filter may have hidden.
function follow() {
  const fragment = location.hash.slice(1);
  if (!fragment || fragment.includes("=")) {
    const state = new URLSearchParams(fragment);
    const sections = listings.map((one) => one.read(state)).filter(Boolean);
    if (sections.length) sections[sections.length - 1].scrollIntoView();
    return;
  }
  const target = document.getElementById(decodeURIComponent(fragment));
  if (!target || !target.hidden) return;
  listings.filter(({ table }) => table.contains(target)).forEach((one) => one.read(new URLSearchParams()));
  target.scrollIntoView();
}

linkPlaces();
// Places named like a search serve readers without scripts; here they would scroll past the filters.
document.querySelectorAll('[id*="="]').forEach((place) => place.removeAttribute("id"));
document.querySelectorAll("form.filters").forEach(listing);
window.addEventListener("hashchange", follow);
if (location.hash.includes("=")) follow();
else listings.forEach((one) => one.read(new URLSearchParams()));
