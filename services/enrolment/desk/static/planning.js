// The week of a group: a tap on a cell ticks that one child on that one day, beside whole rows and columns.
(() => {
  const table = document.querySelector("table.plan");
  if (!table) return;
  const form = table.closest("form");
  const days = Array.from(table.tHead.querySelectorAll("input[name=session]"), (box) => box.value);
  const rows = table.tBodies[0];

  const pair = (cell) => `${cell.parentNode.querySelector("input").value} ${days[cell.cellIndex - 1]}`;
  const field = (value) => form.querySelector(`input[name=cell][value="${value}"]`);

  const tick = (cell) => {
    const value = pair(cell);
    const known = field(value);
    if (known) known.remove();
    else form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "cell", value }));
    cell.classList.toggle("ticked", !known);
  };

  rows.addEventListener("click", (event) => {
    const cell = event.target.closest("td");
    if (cell) tick(cell);
  });
  // A page that was refused comes back with its cells.
  if (form.querySelector("input[name=cell]")) {
    for (const cell of rows.querySelectorAll("td")) cell.classList.toggle("ticked", Boolean(field(pair(cell))));
  }
})();
