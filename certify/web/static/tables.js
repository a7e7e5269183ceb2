// Tables that sort, filter and print, where a page has the tools for it (parts.html, table_tools; lists.html).
// Without this script the table is whole, in the order in which the server sent it.

const collator = new Intl.Collator(document.documentElement.lang || undefined, { numeric: true, sensitivity: "base" });

function valueOf(row, column) {
  const cell = row.cells[column];
  return cell ? (cell.dataset.value ?? cell.textContent.trim()) : "";
}

function compare(one, other) {
  const numbers = [Number(one), Number(other)];
  const areNumbers = one !== "" && other !== "" && numbers.every(Number.isFinite);
  return areNumbers ? numbers[0] - numbers[1] : collator.compare(one, other);
}

function sortBy(table, heading) {
  const column = heading.cellIndex;
  const downwards = heading.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", downwards ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  // Equal rows keep their order in both directions, and empty cells stay below.
  rows.sort((a, b) => {
    const [one, other] = [valueOf(a, column), valueOf(b, column)];
    if ((one === "") !== (other === "")) return one === "" ? 1 : -1;
    return downwards ? compare(other, one) : compare(one, other);
  });
  body.append(...rows);
}

function makeSortable(table) {
  for (const heading of table.tHead.rows[0].cells) {
    if (heading.hasAttribute("data-fixed") || heading.querySelector("button, input")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sortBy(table, heading));
    heading.append(button);
  }
}

function makeFilter(table, tools) {
  const field = tools.querySelector("input");
  const told = tools.querySelector("[data-shown]");
  const rows = [...table.tBodies[0].rows].map((row) => [row, row.textContent.toLocaleLowerCase()]);
  field.addEventListener("input", () => {
    const words = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    told.textContent = words.length ? `${shown} / ${rows.length}` : "";
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => print());
  button.hidden = false;
}

for (const tools of document.querySelectorAll(".tools[data-of]")) {
  const table = document.getElementById(tools.dataset.of);
  if (!table?.tHead || !table.tBodies.length) continue;
  makeSortable(table);
  makeFilter(table, tools);
  tools.querySelector("button").addEventListener("click", () => print());
  tools.hidden = false;
}
