/* A button with data-copy copies a field of the page, and says so; without script one copies by hand. */
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      return field.select();
    }
    document.querySelector("[data-said]").textContent = field.dataset.copied;
  });
}
