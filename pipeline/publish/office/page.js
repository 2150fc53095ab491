"use strict";
// The page is complete without this: it only filters, sorts, folds and exports the rows that stand in the tables.
// Written for Chromium 78 and later.
const collator = new Intl.Collator("zh-CN", { numeric: true });
const gravest = ["错误", "核实", "提示"];
const compare = (a, b) =>
  gravest.includes(a) && gravest.includes(b) ? gravest.indexOf(a) - gravest.indexOf(b) : collator.compare(a, b);
const fold = (text) => text.normalize("NFKC").toLowerCase();

// What a cell says first.
function lead(cell) {
  const part = cell.querySelector("a, b") || cell.firstChild;
  return part ? part.textContent.trim() : "";
}

// What a row may be filtered by in one column: each word set apart there, else what the cell says first.
function marks(cell) {
  const words = Array.from(cell.querySelectorAll("b"), (word) => word.textContent);
  return words.length ? words : [lead(cell)];
}

function create(name, properties, parent) {
  const element = Object.assign(document.createElement(name), properties);
  if (parent) parent.appendChild(element);
  return element;
}

// Items by group, groups in the order of their first item.
function grouped(items) {
  const groups = new Map();
  items.forEach((item) => {
    if (!groups.has(item.group)) groups.set(item.group, []);
    groups.get(item.group).push(item);
  });
  return groups;
}

// One table with the form that filters it.
class Listing {
  constructor(form) {
    this.form = form;
    this.table = document.getElementById(form.dataset.table);
    this.body = this.table.tBodies[0];
    this.heads = Array.from(this.table.tHead.rows[0].cells);
    this.fields = Array.from(form.querySelectorAll("[data-key]"));
    this.output = form.querySelector("output");
    this.sort = "";
    this.isMoved = false;
    this.items = this.collect();
    this.shown = this.items;
    this.none = create("tr", { className: "none", hidden: true }, this.table.createTFoot());
    create("td", { colSpan: this.heads.length, textContent: "没有符合条件的内容。可以清除条件再看。" }, this.none);
    this.heads.forEach((head) => this.makeSortable(head));
    this.fields.slice(1).forEach((select) => this.fill(select));
    this.listen();
    form.hidden = false;
  }

  // Rows of class m repeat the row before them: the same rule and column of the same team.
  collect() {
    let group = null;
    return Array.from(this.body.rows, (row, order) => {
      if (!row.classList.contains("m")) group = { isOpen: false, size: 0, mark: row.querySelector("i") };
      group.size += 1;
      const cells = Array.from(row.cells);
      return { row, cells, order, group, text: fold(row.textContent), said: cells.map(lead), marks: cells.map(marks) };
    });
  }

  makeSortable(head) {
    const title = head.textContent;
    const turns = ["", title, `-${title}`, ""];
    if (head.classList.contains("num")) turns.reverse();  // of numbers, the large ones first
    const button = create("button", { type: "button", title: `按${title}排序` }, head);
    button.setAttribute("aria-label", button.title);
    head.dataset.title = title;
    head.addEventListener("click", () => {
      this.sort = turns[turns.indexOf(turns.includes(this.sort) ? this.sort : "") + 1];
      this.change();
    });
  }

  fill(select) {
    const counts = new Map();
    this.items.forEach((item) => {
      item.marks[select.dataset.column].forEach((mark) => counts.set(mark, (counts.get(mark) || 0) + 1));
    });
    const names = new Map();
    const named = select.dataset.names && document.getElementById(select.dataset.names);
    if (named) Array.from(named.tBodies[0].rows, (row) => names.set(lead(row.cells[0]), lead(row.cells[1])));
    Array.from(counts.keys()).filter(Boolean).sort(compare).forEach((value) => {
      const name = names.has(value) ? `${value} ${names.get(value)}` : value;
      create("option", { value, textContent: `${name}（${counts.get(value)}）` }, select);
    });
  }

  listen() {
    let waiting = 0;
    this.form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => this.change(), 150);
    });
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("reset", () => setTimeout(() => { this.sort = ""; this.change(); }));
    const button = this.form.querySelector("[data-export]");
    if (button) button.addEventListener("click", () => save(button.dataset.export, this.exported()));
  }

  change() {
    this.render();
    keep();
  }

  // Write to, and read from, what the address says.
  write(state) {
    this.fields.forEach((field) => { if (field.value) state.set(field.dataset.key, field.value); });
    if (this.sort) state.set(this.table.dataset.sort, this.sort);
  }

  read(state) {
    this.fields.forEach((field) => {
      const value = state.get(field.dataset.key) || "";
      if (field.options && value && !Array.from(field.options).some((option) => option.value === value)) {
        create("option", { value, textContent: `${value}（0）` }, field);
      }
      field.value = value;
    });
    this.sort = state.get(this.table.dataset.sort) || "";
    this.render();
  }

  isAsked() {
    return this.sort !== "" || this.fields.some((field) => field.value);
  }

  isWanted() {
    const words = fold(this.fields[0].value).split(/\s+/).filter(Boolean);
    const chosen = this.fields.slice(1).filter((field) => field.value);
    return (item) =>
      words.every((word) => item.text.includes(word)) &&
      chosen.every((field) => item.marks[field.dataset.column].includes(field.value));
  }

  arranged(items) {
    const direction = this.sort[0] === "-" ? -1 : 1;
    const column = this.heads.findIndex((head) => head.dataset.title === this.sort.replace(/^-/, ""));
    if (column < 0) return items;
    const sorted = items.slice().sort((a, b) => {
      const [x, y] = [a.said[column], b.said[column]];
      if (!x !== !y) return x ? -1 : 1;  // blanks last, either way
      return direction * compare(x, y) || a.order - b.order;
    });
    return [].concat(...grouped(sorted).values());
  }

  render() {
    this.shown = this.arranged(this.items.filter(this.isWanted()));
    const groups = grouped(this.shown);
    this.items.forEach(({ row }) => { row.hidden = true; });
    groups.forEach((members, group) => this.dress(members, group));
    if (this.sort || this.isMoved) (this.sort ? this.shown : this.items).forEach(({ row }) => this.body.appendChild(row));
    this.isMoved = this.sort !== "";
    this.none.hidden = this.shown.length > 0;
    const [all, found, rows] = [this.items.length, this.shown.length, groups.size];
    this.output.textContent =
      `共 ${all} 条${found < all ? `，符合条件 ${found} 条` : ""}${rows < found ? `，同类合并为 ${rows} 行` : ""}`;
    this.fields.forEach((field) => field.parentNode.classList.toggle("set", field.value !== ""));
    this.heads.forEach((head) => {
      const title = head.dataset.title;
      const order = { [title]: "ascending", [`-${title}`]: "descending" }[this.sort] || "none";
      head.setAttribute("aria-sort", order);
    });
  }

  // A group shows its first row, which says how many there are and opens the others.
  dress(members, group) {
    members.forEach(({ row }, index) => {
      row.hidden = index > 0 && !group.isOpen;
      row.classList.toggle("in", index > 0);
    });
    if (group.size === 1) return;
    if (!group.button) {
      group.button = create("button", { type: "button" });
      group.button.addEventListener("click", () => {
        group.isOpen = !group.isOpen;
        this.render();
        group.button.focus();
      });
      group.place = group.mark.parentNode.cellIndex;
      group.mark.remove();
    }
    group.button.hidden = members.length === 1;
    group.button.textContent = `${group.isOpen ? "收起" : "等"} ${members.length} 处`;
    group.button.setAttribute("aria-expanded", String(group.isOpen));
    members[0].cells[group.place].appendChild(group.button);
  }

  // What is shown, folded rows too, as CSV that a spreadsheet opens without running any of it.
  exported() {
    const quoted = (text) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replace(/"/g, '""')}"`;
    const words = (cell) => Array.from(cell.childNodes, (node) => (node.nodeName === "BUTTON" ? "" : node.textContent));
    const rows = this.shown.map((item) => item.cells.map((cell) => words(cell).join("").trim()));
    const lines = [this.heads.map((head) => head.dataset.title)].concat(rows);
    return lines.map((line) => `${line.map(quoted).join(",")}\r\n`).join("");
  }
}

function save(name, text) {
  const href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
  const link = create("a", { href, download: name }, document.body);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

// The place of each finding opens the file that its team sent.
function linkPlaces() {
  const files = new Map();
  document.querySelectorAll("#teams-table a.file").forEach((link) => {
    files.set(lead(link.closest("tr").cells[0]), link.getAttribute("href"));
  });
  document.querySelectorAll("#findings-table tbody tr").forEach((row) => {
    const href = files.get(lead(row.cells[1]));
    const text = row.cells[3].firstChild;
    if (!href) return;
    text.before(create("a", { href, title: "打开来件", textContent: text.data.trim() }), " ");
    text.remove();
  });
}

// Keep in the address what is looked for.
function keep() {
  const state = new URLSearchParams();
  listings.forEach((listing) => listing.write(state));
  history.replaceState(null, "", `#${state}`);
}

// An address with "=" says what is looked for; any other is a place on the page, which a filter may have hidden.
function follow() {
  const fragment = location.hash.slice(1);
  if (!fragment || fragment.includes("=")) {
    listings.forEach((listing) => listing.read(new URLSearchParams(fragment)));
    const asked = listings.filter((listing) => listing.isAsked()).pop();
    if (asked) document.getElementById(asked.form.dataset.section).scrollIntoView();
    return;
  }
  const target = document.getElementById(decodeURIComponent(fragment));
  if (!target || !target.hidden) return;
  listings.filter(({ table }) => table.contains(target)).forEach((listing) => listing.read(new URLSearchParams()));
  target.scrollIntoView();
}

linkPlaces();
// Places named like a search serve readers without scripts; here they would scroll past the filters.
document.querySelectorAll('[id*="="]').forEach((place) => place.removeAttribute("id"));
const forms = Array.from(document.querySelectorAll("form.filters"));
const listings = forms.filter((form) => document.getElementById(form.dataset.table)).map((form) => new Listing(form));
listings.forEach((listing) => listing.render());
window.addEventListener("hashchange", follow);
if (location.hash) follow();
