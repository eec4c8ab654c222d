/* Repeatable rows without a round trip, a live count, a password to look at. Every form works without this file. */
"use strict";

(() => {
  const numbered = (text, at) => text.replaceAll("__at__", String(at));

  function addRow(list) {
    const model = list.querySelector(":scope > template");
    const at = Number(list.dataset.next);
    list.dataset.next = String(at + 1);
    const holder = document.createElement("template");
    holder.innerHTML = numbered(model.innerHTML, at);
    const row = holder.content.firstElementChild;
    list.querySelector(":scope > .items").append(row);
    renumber(list);
    row.querySelector("input, select, textarea").focus();
    limit(list);
  }

  function removeRow(button) {
    const row = button.closest(".item");
    const list = row.closest("[data-rows]");
    const near = row.previousElementSibling || row.nextElementSibling;
    row.remove();
    renumber(list);
    (near ? near.querySelector("input, select, textarea") : list.querySelector("[data-add]")).focus();
    limit(list);
  }

  function renumber(list) {
    list.querySelectorAll(":scope > .items > .item [data-nth]").forEach((nth, at) => {
      nth.textContent = String(at + 1);
    });
  }

  function limit(list) {
    const full = list.querySelectorAll(":scope > .items > .item").length >= Number(list.dataset.most);
    list.querySelector("[data-add]").hidden = full;
  }

  function count(counter) {
    const fields = counter.dataset.counts.split(" ").map((id) => document.getElementById(id));
    const most = Number(counter.dataset.most);
    const show = () => {
      const used = fields.reduce((sum, field) => sum + Array.from(field.value.trim()).length, 0);
      counter.textContent = counter.dataset.words.replace("%n", String(used));
      counter.classList.toggle("over", used > most);
    };
    fields.forEach((field) => field.addEventListener("input", show));
    show();
  }

  /* Of a list grouped by the values of another one, those groups alone that go with its choice. */
  function follow(list) {
    const of = document.getElementById(list.dataset.of);
    const show = () => {
      list.querySelectorAll("optgroup").forEach((group) => {
        group.hidden = group.disabled = group.label !== of.value;
      });
      if (list.selectedOptions[0] && list.selectedOptions[0].parentElement.disabled) list.value = "";
    };
    of.addEventListener("change", show);
    show();
  }

  /* A last day that a later first day has passed goes along with it. */
  function goAlong(last) {
    const first = document.getElementById(last.dataset.after);
    first.addEventListener("change", () => {
      if (last.value && first.value > last.value) last.value = first.value;
    });
  }

  /* What is typed of a password, on the screen of who asks to see it; sent as what it was. */
  function see(box) {
    const field = document.getElementById(box.dataset.sees);
    const show = () => { field.type = box.checked ? "text" : "password"; };
    box.checked = false;
    box.addEventListener("change", show);
    field.form.addEventListener("submit", () => { box.checked = false; show(); });
    box.parentElement.hidden = false;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-add], button[data-remove]");
    if (!button) return;
    event.preventDefault();
    if (button.matches("[data-add]")) addRow(button.closest("[data-rows]"));
    else removeRow(button);
  });

  document.querySelectorAll("[data-rows]").forEach(limit);
  document.querySelectorAll("[data-counts]").forEach(count);
  document.querySelectorAll("select[data-of]").forEach(follow);
  document.querySelectorAll("input[data-after]").forEach(goAlong);
  document.querySelectorAll("input[data-sees]").forEach(see);
  const summary = document.getElementById("error-summary");
  if (summary) summary.focus();
})();
